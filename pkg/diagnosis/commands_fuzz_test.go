package diagnosis_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// chosen are the names in the cases that somebody else chose: whoever sent the request,
// made the bucket or role, or wrote the policy.
func chosen() []string {
	return []string{
		"home/report.csv", "acme-data", "team/app", "user/ann", "1234abcd", "accesspoint/finance", "vpce-0abc", "vpce-0aaa", `"inline"`, `"boundary"`,
		`"session policy"`, "r-root", "ou-root-dev", `"root"`, `"ou"`, `"Grant"`, "ASIAEXAMPLE", "AKIAEXAMPLE", `"job"`, "AROAEXAMPLEEXAMPLE", "us-east-1",
		"111111111111", "222222222222", "o-example1", "canonical2", "AWSReservedSSO_", "p-", "alias/", "stack", "s3:GetObject", "policy/",
	}
}

// commanded is a case whose remedy has commands, before names are replaced in it.
type commanded struct {
	corpusCase
	doc, message string
}

func readCommanded(t testing.TB) []commanded {
	t.Helper()
	var all []commanded
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		if !slices.ContainsFunc(x.Remedy.Steps, func(s diagnosis.Step) bool { return len(s.Commands) > 0 }) {
			continue
		}
		all = append(all, commanded{c, string(c.JSON(t)), c.message(t, *c.Parse(t).Request)})
	}
	return all
}

// hostile is the case with names replaced; false if no such case can be.
func (c *commanded) hostile(t testing.TB, names uint64, text string) (d trail.Denial, e evidence.Evidence, ok bool) {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		return d, e, false
	}
	within := string(quoted[1 : len(quoted)-1])
	doc, message := c.doc, c.message
	for i, name := range chosen() {
		if names>>i&1 == 0 {
			continue
		}
		inner := strings.Trim(name, `"`)
		doc = strings.ReplaceAll(doc, name, strings.Replace(name, inner, kept(inner)+within, 1))
		message = strings.ReplaceAll(message, inner, kept(inner)+text)
	}
	// A case file with such names may be refused; what reads them from elsewhere is not.
	var parsed evidence.Case
	if json.Unmarshal([]byte(doc), &parsed) != nil || parsed.Request == nil {
		return d, e, false
	}
	q := *parsed.Request
	q.ErrorCode, q.ErrorMessage = "AccessDenied", message
	if code := c.Get("code"); code != "" {
		q.ErrorCode = code
	}
	if c.Get("event") == "" || !strings.Contains(q.Principal.ARN, "/") {
		return trail.FromRequest(q, parsed.Context), parsed.Evidence, true
	}
	d, ignored, err := trail.Parse(c.record(t, q))
	return d, parsed.Evidence, err == nil && ignored == ""
}

// kept is the part of a name without which it would be none of its kind.
func kept(name string) string {
	for _, kind := range []string{"user/", "accesspoint/", "vpce-", "ASIA", "AKIA", "AWSReservedSSO_", "p-", "alias/", "policy/", "s3:"} {
		if strings.HasPrefix(name, kind) {
			return kind
		}
	}
	return ""
}

// argument recognizes the arguments in which nothing is data.
var argument = regexp.MustCompile(`^(--(output|set-as-default|query)|text|--policy-name=default|--description=why403|--type=(SERVICE|RESOURCE)_CONTROL_POLICY|` +
	`--(policy|policy-document)=file://(policy|key-policy|endpoint-policy)\.json|--ownership-controls=Rules=\[\{ObjectOwnership=BucketOwnerEnforced\}\]|` +
	`--(version-id|policy-id)=v1|--name=why403-[a-zA-Z0-9+=,.@_-]{1,120}|--policy-name=why403-[a-zA-Z0-9+=,.@_-]{1,120})$`)

// query recognizes what follows --query.
var query = regexp.MustCompile(`^(Policy|Policy\.Content|Policy\.DefaultVersionId|PolicyVersion\.Document|KeyMetadata\.KeyState|Policy\.PolicySummary\.Id|` +
	`Role\.PermissionsBoundary|User\.PermissionsBoundary|VpcEndpoints\[0\]\.PolicyDocument|Events\[\]\.\[EventTime,EventName,Username\])$`)

// meant reports what of a command is not what the step means: every datum is the value
// of an option written --option=VALUE, so that none is taken for an option itself, and
// it is the very name or document that the case has.
func meant(call shellCall, s diagnosis.Step, d trail.Denial, e evidence.Evidence, doc string) error {
	if len(call.args) < 3 || !regexp.MustCompile(`^(s3api|s3control|iam|kms|ec2|organizations|cloudtrail) [a-z-]+$`).MatchString(call.args[0]+" "+call.args[1]) {
		return fmt.Errorf("the call %q", call.args)
	}
	if !regexp.MustCompile(`^((endpoint-|key-)?policy\.json)?$`).MatchString(call.file) {
		return fmt.Errorf("it writes %q", call.file)
	}
	for i, a := range call.args[2:] {
		if call.args[i+1] == "--query" {
			if !query.MatchString(a) {
				return fmt.Errorf("the query %q", a)
			}
			continue
		}
		if argument.MatchString(a) {
			continue
		}
		name, value, ok := strings.Cut(a, "=")
		if !ok || value == "" {
			return fmt.Errorf("the argument %q", a)
		}
		if strings.HasPrefix(value, "file:") || strings.HasPrefix(value, "fileb:") || strings.HasPrefix(value, "http") {
			return fmt.Errorf("aws reads a file or page for %q", a)
		}
		known := false
		switch name {
		case "--bucket":
			for _, one := range append(d.Authorizations, evidence.Authorization{Resource: d.Message.Resource}) {
				bucket, _, _ := strings.Cut(strings.TrimPrefix(one.Resource, "arn:aws:s3:::"), "/")
				known = known || bucket == value
			}
			_, has := e.Buckets[value]
			// The name of an access point's bucket is cut at a slash like any resource.
			known = known || has || value == d.Bucket || strings.Contains(string(s.Patch), `"arn:aws:s3:::`+value+`/`)
		case "--role-name", "--user-name":
			arn := d.Principal.ARN
			if d.Principal.Type == evidence.PrincipalFederated {
				arn = d.Principal.Issuer
			}
			known = strings.HasSuffix(arn, "/"+value) && !strings.Contains(value, "/")
		case "--policy-name":
			known = strings.Contains(doc, value)
			for _, p := range e.Principals {
				list, _ := p.Policies.Value()
				known = known && (len(list) == 0 || slices.ContainsFunc(list, func(q evidence.Policy) bool { return q.Name == value }))
			}
		case "--key-id":
			_, has := e.Keys[value]
			known = has || value == d.KMSKey || value == d.Message.Resource
		case "--vpc-endpoint-id", "--vpc-endpoint-ids":
			known = value == d.VPCEndpointID
		case "--account-id", "--name":
			known = strings.Contains(d.AccessPoint+d.Message.Resource, value)
		case "--target-id":
			for _, a := range e.Accounts {
				path, _ := a.Path.Value()
				known = known || slices.ContainsFunc(path, func(l evidence.PathElement) bool { return l.ID == value })
			}
		case "--policy-id", "--policy-arn":
			known = strings.Contains(doc, value) || strings.Contains(d.Message.PolicyARN, value)
		case "--lookup-attributes":
			known = value == "AttributeKey=ResourceName,AttributeValue="+d.Principal.AccessKeyID
		case "--policy", "--policy-document", "--content":
			known = sameJSON(value, string(s.Document)) || s.Document == nil && sameJSON(value, `{"Version":"2012-10-17","Statement":[`+string(s.Patch)+`]}`)
		}
		if !known {
			return fmt.Errorf("the argument %q is not what the step means", a)
		}
	}
	return nil
}

func sameJSON(a, b string) bool {
	var one, two any
	return json.Unmarshal([]byte(a), &one) == nil && json.Unmarshal([]byte(b), &two) == nil && reflect.DeepEqual(one, two)
}

// checkCommands holds the commands of a diagnosis to what its steps mean, and returns
// them.
func checkCommands(t testing.TB, at string, x diagnosis.Diagnosis, d trail.Denial, e evidence.Evidence) []string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range x.Remedy.Steps {
		for _, c := range s.Commands {
			all = append(all, c)
			calls, err := readCommand(c)
			if err != nil {
				t.Errorf("%s: %v\n%s", at, err, c)
				continue
			}
			for _, call := range calls {
				if err := meant(call, s, d, e, string(text)); err != nil {
					t.Errorf("%s: %v\n%s\n%s", at, err, c, s.Document)
				}
			}
			if len(c) > 100_000 {
				t.Errorf("%s: a command of %d bytes", at, len(c))
			}
		}
	}
	return all
}

// FuzzCommands: whatever names a case has, every command of its remedy is read by a
// shell as the arguments that are meant, and no name is taken for an option.
func FuzzCommands(f *testing.F) {
	cases := readCommanded(f)
	for _, text := range []string{"--endpoint-url=http://203.0.113.9", "-", "'; id; '", "$(id)", "`id`", "a\nid", "a\n", "\x1b]0;x\a", "é\u202e", "${why403_nl}", "!!", "file://x", strings.Repeat("'", 900)} {
		for i := 0; i < len(chosen()); i += 3 * each {
			f.Add(uint16(i*7), uint64(7)<<i, text)
		}
		f.Add(uint16(len(text)), ^uint64(0), text)
	}
	f.Fuzz(func(t *testing.T, which uint16, names uint64, text string) {
		c := cases[int(which)%len(cases)]
		if d, e, ok := c.hostile(t, names, text); ok {
			checkCommands(t, c.Place, diagnosis.Diagnose(d, authz.Compile(e), c.options()), d, e)
		}
	})
}

// TestCommandsInShell lets a real shell read the commands of hostile cases, and
// compares its arguments with those of the model.
func TestCommandsInShell(t *testing.T) {
	var commands []string
	seen := make(map[string]bool)
	n := 0
	for _, c := range readCommanded(t) {
		for _, h := range cleantest.Hostile() {
			if n++; n%(13*each) != 0 || len(h.Text) > 1024 {
				continue
			}
			names := uint64(1) << (n / (13 * each) % len(chosen()))
			if n%8 == 0 {
				names = 1 // the key of the object is what a requester chooses
			}
			d, e, ok := c.hostile(t, names, h.Text)
			if !ok {
				continue
			}
			for _, command := range checkCommands(t, c.Place+" "+h.Name, diagnosis.Diagnose(d, authz.Compile(e), c.options()), d, e) {
				if !seen[command] {
					seen[command] = true
					commands = append(commands, command)
				}
			}
		}
	}
	if len(commands) < 100/each {
		t.Errorf("only %d commands", len(commands))
	}
	t.Logf("%d commands", len(commands))
	dir := t.TempDir()
	var script, want strings.Builder
	script.WriteString("aws() { for a in \"$@\"; do printf '%s\\0' \"$a\"; done >&3; printf '\\n\\0' >&3; printf " + answer + "; }\n")
	for _, command := range commands {
		script.WriteString(command + "\n")
		calls, err := readCommand(command)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			for _, a := range call.args {
				want.WriteString(a + "\x00")
			}
			want.WriteString("\n\x00")
		}
	}
	file, log := filepath.Join(dir, "script"), filepath.Join(dir, "log")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "bash"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Skip(err)
		}
		cmd := exec.CommandContext(t.Context(), path, "-c", `exec 3>"$1"; . "$2"`, shell, log, file)
		cmd.Dir, cmd.Env = dir, []string{"PATH=/nonexistent"}
		var problems strings.Builder
		cmd.Stderr = &problems
		if err := cmd.Run(); err != nil || problems.Len() > 0 {
			t.Fatalf("%s: %v: %.400s", shell, err, problems.String())
		}
		got, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		read, wanted := strings.Split(string(got), "\x00"), strings.Split(want.String(), "\x00")
		for i := range wanted {
			if i >= len(read) || read[i] != wanted[i] {
				t.Fatalf("%s: argument %d of all: want %q, got %q", shell, i, wanted[i], read[min(i, len(read)-1)])
			}
		}
		if len(read) != len(wanted) {
			t.Fatalf("%s: %d arguments, want %d", shell, len(read), len(wanted))
		}
	}
}
