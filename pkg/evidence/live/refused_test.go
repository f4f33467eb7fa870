package live_test

import (
	"strings"
	"testing"

	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
)

// The SDK's configuration, as it is loaded, names no retryer. An endpoint and a distribution of an account that may not be
// read are refused with it all the same: an event may name any account, and what it names must not end the program.
func TestRefusedWithTheConfigurationThatIsLoaded(t *testing.T) {
	const stranger = "777777777777"
	for _, tt := range []struct {
		fact live.Fact
		at   []string
	}{
		{live.Fact{Of: "endpoint", Account: stranger, Region: "us-east-1", Name: "vpce-9"}, []string{"vpcEndpoints", "vpce-9"}},
		{live.Fact{Of: "distributions", Account: stranger, Region: "us-east-1", Name: "acme-data"}, []string{"distributions"}},
	} {
		cloud := &livetest.Cloud{Evidence: world(t)}
		cfg := cloud.Config()
		cfg.Retryer = nil
		reader := live.New(live.Config{AWS: cfg, Home: livetest.Home, RoleName: "why403-reader"})
		if got := place(t, reader.One(t.Context(), tt.fact), tt.at); !strings.Contains(got, `"unreadable":"`) {
			t.Errorf("%v: %s, want it unreadable", tt.at, got)
		}
	}
}
