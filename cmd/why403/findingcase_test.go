package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

const fence = `{"Version":"2012-10-17","Statement":[{"Sid":"OnlyOurEndpoint","Effect":"Deny","Principal":"*","Action":"s3:*",
	"Resource":"arn:aws:s3:::acme-partner/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0a1b"}}}]}`

// TestDiagnoseFinding goes the way that an alert proposes: the owner of a bucket sends its
// policy, and the finding is diagnosed with it.
func TestDiagnoseFinding(t *testing.T) {
	d := desk{env: map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "findings.db"), "LANG": "C.UTF-8"}, now: day}
	d.call(t, "audit", samples+"requester-pays.json").expect(t, 0, nil, nil)
	id := d.ids(t)[0]
	policy := write(t, "policy.json", fence)
	t.Run("as it was", func(t *testing.T) {
		d.call(t, "diagnose", strings.ToLower(id[:5])).expect(t, 0, []string{"finding " + id, "denied[UNDETERMINED]"}, nil)
	})
	t.Run("with the bucket's policy", func(t *testing.T) {
		d.call(t, "diagnose", id, "--with", "bucket-policy="+policy).expect(t, 0, []string{"denied[BUCKET_POLICY_EXPLICIT_DENY]", "OnlyOurEndpoint",
			"what this settles", "given   bucket-policy=", "bucket-policy: was not known, is blocking", "found   BUCKET_POLICY_EXPLICIT_DENY"}, nil)
	})
	t.Run("which is not recorded", func(t *testing.T) {
		d.call(t, "findings", "show", id).expect(t, 0, []string{"denied[UNDETERMINED]", "why403 diagnose " + id + " --with bucket-policy=FILE"}, nil)
	})
	t.Run("as JSON", func(t *testing.T) {
		r := d.call(t, "diagnose", id, "--with", "bucket-policy=acme-partner:"+policy, "-o", "json")
		r.expect(t, 0, []string{`"id":"BUCKET_POLICY_EXPLICIT_DENY"`}, nil)
		if strings.Count(r.stdout, "\n") != 1 {
			t.Errorf("not one line: %s", r.stdout)
		}
	})
	t.Run("for others to see", func(t *testing.T) {
		r := d.call(t, "diagnose", id, "--with", "bucket-policy="+policy, "--redact")
		r.expect(t, 0, []string{"denied[BUCKET_POLICY_EXPLICIT_DENY]"}, nil)
		if strings.Contains(r.stdout, "acme-partner") || strings.Contains(r.stdout, policy) {
			t.Errorf("names are left: %s", r.stdout)
		}
	})
	t.Run("of an event", func(t *testing.T) {
		d.call(t, "diagnose", samples+"requester-pays.json", id, "--with", "bucket-policy="+policy).expect(t, 0, []string{"requester-pays.json\ndenied[BUCKET_POLICY_EXPLICIT_DENY]", "finding " + id}, nil)
	})
	t.Run("from standard input", func(t *testing.T) {
		callWith(t, d.env, fence, "diagnose", id, "--with", "bucket-policy=-").expect(t, 0, []string{"denied[BUCKET_POLICY_EXPLICIT_DENY]"}, nil)
	})
	t.Run("a file of that name wins", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, id), []byte(sample(t, "identity-no-allow.json")), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Chdir(dir)
		d.call(t, "diagnose", id).expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"no such finding", []string{"QQQQQQQQ"}, 1, "QQQQQQQQ: no such file, and no such finding"},
		{"no such kind", []string{id, "--with", "acl=" + policy}, 2, "bucket-policy, access-point-policy"},
		{"no file", []string{id, "--with", "bucket-policy"}, 2, "KIND=FILE"},
		{"a missing file", []string{id, "--with", "bucket-policy=none.json"}, 1, "none.json: no such file"},
		{"no policy", []string{id, "--with", "bucket-policy=" + write(t, "p.json", `{"hello":"world"}`)}, 1, "not a policy: "},
		{"another bucket", []string{id, "--with", "bucket-policy=acme-data:" + policy}, 1, "say bucket-policy=acme-partner:FILE"},
		{"no place", []string{id, "--with", "scp=" + policy}, 1, "stands in its organization"},
		{"live", []string{id, "--live", "--with", "bucket-policy=" + policy}, 2, "--with and --live"},
		{"complete without anything", []string{id, "--complete"}, 2, "--complete"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.call(t, append([]string{"diagnose"}, tt.args...)...).expect(t, tt.status, nil, []string{tt.stderr})
		})
	}
	t.Run("no store", func(t *testing.T) {
		call(t, "", "diagnose", "7F3K2M").expect(t, 1, nil, []string{"7F3K2M: no such file; as a finding: there is no findings store"})
	})
	t.Run("no case", func(t *testing.T) {
		d := seeded(t, four()...)
		d.call(t, "diagnose", d.ids(t)[0]).expect(t, 1, nil, []string{"no case of this finding is kept", "why403 findings show"})
	})
}

// TestCompletion: what a shell gets for a word that is begun. A store that is missing, or
// none, is no error: people would see it in the middle of their line.
func TestCompletion(t *testing.T) {
	d := seeded(t, four()...)
	all := d.ids(t)
	for _, tt := range []struct {
		words string
		want  []string
		not   string
	}{
		{"findings show ", []string{all[0] + "\tIAM policy: app, read on acme-data\n", all[3] + "\t"}, ""},
		{"findings show " + strings.ToLower(all[0][:3]), []string{all[0] + "\t"}, all[1]},
		{"findings show " + all[0] + " ", []string{":4"}, all[1]},
		{"findings ack " + all[0] + " ", []string{all[1] + "\t", ":36"}, all[0]},
		{"findings suppress ", []string{all[0]}, ""},
		{"diagnose " + all[0][:3], []string{all[0] + "\t", ":0"}, ""},
		{"diagnose ", []string{":0"}, all[0]},
		{"diagnose x --with ", []string{"bucket-policy=\n", "scp=\n"}, ""},
		{"findings list --status ", []string{"open\n", "suppressed\n"}, ""},
		{"findings list --sort ", []string{"first-seen\n"}, ""},
		{"findings list --cause ", []string{"IDENTITY_NO_ALLOW\tIAM policy\n", "UNDETERMINED\t"}, ""},
		{"findings list --output ", []string{"table\n", "csv\n"}, ""},
		{"findings show --output ", []string{"json\n"}, "csv"},
		{"findings export --format ", []string{"json\n", "csv\n"}, ""},
		{"explain OBJECT_", []string{"OBJECT_OWNERSHIP\t"}, ""},
	} {
		words := strings.Split(tt.words, " ")
		r := d.call(t, append([]string{"__complete"}, words...)...)
		r.expect(t, 0, tt.want, nil)
		if tt.not != "" && strings.Contains(r.stdout, tt.not) {
			t.Errorf("%s: completed by %s: %s", tt.words, tt.not, r.stdout)
		}
	}
	for name, path := range map[string]string{"missing": filepath.Join(t.TempDir(), "none.db"), "no store": write(t, "text.db", "hello")} {
		d.env["WHY403_STORE"] = path
		r := d.call(t, "__complete", "findings", "show", "")
		if r.status != 0 || r.stdout != ":36\n" || strings.Contains(r.stderr, "store") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		call(t, "", "completion", shell).expect(t, 0, []string{"why403"}, nil)
	}
}

// TestCompletionIsSafe: a title cannot become a word, or another line.
func TestCompletionIsSafe(t *testing.T) {
	for _, h := range cleantest.Hostile() {
		o := happened("app", "acme-data", diagnosis.IdentityNoAllow, "111111111111", 1)
		o.Key = finding.Key{Requester: h.Text, Place: h.Text, Class: "read"}
		r := seeded(t, o).call(t, "__complete", "findings", "show", "")
		lines := strings.Split(r.stdout, "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], o.Key.ID()+"\t") || strings.Count(lines[0], "\t") != 1 {
			t.Errorf("%s: %q", h.Name, r.stdout)
		}
	}
}
