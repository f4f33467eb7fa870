package version

import "testing"

func TestWhichVersionIsSaid(t *testing.T) {
	tests := []struct{ name, stamped, module, want string }{
		{"a release, whatever Go noted", "v1.2.3", "v0.0.0-20261126070000-0123456789ab", "v1.2.3"},
		{"go install of a tag", "", "v1.2.3", "v1.2.3"},
		{"go build in a checkout without version control stamp", "", "(devel)", Unreleased},
		{"a test binary", "", "", Unreleased},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := choose(tt.stamped, tt.module); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
