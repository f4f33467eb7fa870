package docs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/docs/causes"
	"why403/pkg/auditor"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
)

// headings are those of every page, in this order.
var headings = []string{
	"When S3 does this", "How to see it", "Who must act", "How to fix it",
	"Is it perhaps right?", "What it is often confused with", "Worked example", "AWS pages",
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("causes", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPages holds each page to the form that all pages have, and its title, meaning
// and link to what a diagnosis says of the cause.
func TestPages(t *testing.T) {
	files := map[string]bool{"README.md": true}
	for _, info := range diagnosis.Causes() {
		name := causes.File(string(info.ID))
		files[name] = true
		t.Run(name, func(t *testing.T) {
			page := readPage(t, name)
			if fresh := withHead(page, info); *update && fresh != page {
				writePage(t, name, fresh)
				page = fresh
			}
			if want := head(info); !strings.HasPrefix(page, want) {
				t.Errorf("the page begins with %.200q, want %q (go test ./docs -update)", page, want)
			}
			var got []string
			for line := range strings.Lines(withoutCode(page)) {
				if h, ok := strings.CutPrefix(line, "## "); ok {
					got = append(got, strings.TrimSpace(h))
				}
			}
			if diff := cmp.Diff(headings, got); diff != "" {
				t.Errorf("headings (-want +got):\n%s", diff)
			}
			for _, h := range headings {
				if strings.TrimSpace(section(page, h)) == "" {
					t.Errorf("there is nothing under %q", h)
				}
			}
			if !strings.Contains(section(page, "AWS pages"), "("+info.Doc+")") {
				t.Errorf("the AWS page that a diagnosis links is not among the links: %s", info.Doc)
			}
			checkLinks(t, name, page)
			checkBlocks(t, page)
		})
	}
	for _, info := range diagnosis.Observations() {
		name := causes.File(string(info.ID))
		files[name] = true
		page := readPage(t, name)
		if want := head(info); !strings.HasPrefix(page, want) {
			t.Errorf("%s begins with %.200q, want %q", name, page, want)
		}
		checkLinks(t, name, page)
	}
	for _, file := range glob(t, "causes/*.md") {
		if !files[filepath.Base(file)] {
			t.Errorf("%s is about no cause", file)
		}
	}
}

// TestIndex: every cause is listed once, with its meaning, under a link to its page;
// the families of AWS's article come first.
func TestIndex(t *testing.T) {
	index := readPage(t, "README.md")
	checkLinks(t, "README.md", index)
	var want, got []string
	for _, info := range diagnosis.Causes() {
		want = append(want, string(info.ID))
		entry := fmt.Sprintf("- [%s](%s): %s\n", info.ID, causes.File(string(info.ID)), info.Means)
		if !strings.Contains(index, entry) {
			t.Errorf("no entry %q", entry)
		}
	}
	families := causes.Families()
	for _, f := range families {
		got = append(got, f.IDs...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes in the index (-want +got):\n%s", diff)
	}
	// https://repost.aws/knowledge-center/s3-cross-account-access-denied
	article := []diagnosis.CauseID{
		diagnosis.IdentityNoAllow, diagnosis.KMSIdentityNoAllow, diagnosis.IdentityExplicitDeny, diagnosis.VPCEPolicy,
		diagnosis.SCP, diagnosis.ObjectOwnership, diagnosis.RequesterPays,
	}
	for i, id := range article {
		if i >= len(families) || len(families[i].IDs) == 0 || families[i].IDs[0] != string(id) {
			t.Errorf("family %d does not begin with %s", i+1, id)
		}
	}
}

// TestWorkedExamples diagnoses the example of each page: it must have the cause of
// the page, and the page must say what the answer is.
func TestWorkedExamples(t *testing.T) {
	schema := compile(t, "case.schema.json")
	for _, info := range diagnosis.Causes() {
		name := causes.File(string(info.ID))
		file := filepath.Join("causes", strings.TrimSuffix(name, ".md")+".json")
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := schema.Validate(load(t, file)); err != nil {
				t.Fatal(err)
			}
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			checkInvented(t, string(doc))
			got, err := auditor.Diagnose(doc)
			if err != nil {
				t.Fatal(err)
			}
			c := got.Diagnosis.Cause
			if c == nil {
				t.Fatalf("no cause: %s", got.Diagnosis.Because)
			}
			if c.ID != info.ID {
				t.Errorf("the cause is %s, want %s: %s", c.ID, info.ID, c.Summary)
			}
			for _, x := range got.Diagnosis.Contributing {
				t.Errorf("the example has a second cause, %s: %s", x.ID, x.Summary)
			}
			page := readPage(t, name)
			fresh, err := withAnswer(page, got.Diagnosis)
			if err != nil {
				t.Fatal(err)
			}
			if *update && fresh != page {
				writePage(t, name, fresh)
				page = fresh
			}
			if diff := cmp.Diff(fresh, page); diff != "" {
				t.Errorf("the answer in the page (-now +page; go test ./docs -update):\n%s", diff)
			}
		})
	}
	for _, file := range glob(t, "causes/*.json") {
		id := strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".json"), "-", "_"))
		if _, ok := diagnosis.Info(diagnosis.CauseID(id)); !ok {
			t.Errorf("%s is the example of no cause", file)
		}
	}
}

func writePage(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("causes", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// head is how the page of a cause begins.
func head(info diagnosis.CauseInfo) string {
	return fmt.Sprintf("# %s: %s\n\n%s%s.\n\n## ", info.ID, info.Name, strings.ToUpper(info.Means[:1]), info.Means[1:])
}

func withHead(page string, info diagnosis.CauseInfo) string {
	_, rest, _ := strings.Cut(page, "\n## ")
	return head(info) + rest
}

// section returns what stands under a heading.
func section(page, heading string) string {
	_, rest, _ := strings.Cut(page, "\n## "+heading+"\n")
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// withoutCode drops what stands between fences.
func withoutCode(page string) string {
	return fences.ReplaceAllString(page, "")
}

var (
	fences = regexp.MustCompile("(?ms)^```.*?^```\n")
	block  = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```\n")
	// answered is the answer in a page, with the line that sums it up.
	answered = regexp.MustCompile("(?ms)(`why403 diagnose docs/causes/[a-z-]+\\.json` begins:\n\n```text\n).*?(^```\n\nCause: )[^\n]*")
)

// withAnswer puts the answer into a page.
func withAnswer(page string, x diagnosis.Diagnosis) (string, error) {
	if !answered.MatchString(page) {
		return "", fmt.Errorf("the page does not show the answer")
	}
	sum := fmt.Sprintf("%s, %s.", x.Cause.ID, x.Cause.Confidence)
	if x.Cause.IsA != "" {
		sum = fmt.Sprintf("%s (a kind of %s), %s.", x.Cause.ID, x.Cause.IsA, x.Cause.Confidence)
	}
	m := answered.FindStringSubmatchIndex(page)
	return page[:m[3]] + beginning(x) + page[m[4]:m[5]] + sum + page[m[1]:], nil
}

// beginning is what why403 diagnose says first: the cause, the request, the evidence
// and who must act.
func beginning(x diagnosis.Diagnosis) string {
	var b strings.Builder
	for line := range strings.Lines(console.Diagnosis(x, console.Style{Width: 80})) {
		for _, next := range []string{" fix", " path", " doc", "   = AWS uses the same words", "   = it may be", "   = intended?"} {
			if strings.HasPrefix(line, next) {
				return b.String() + "...\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// checkLinks: links within the pages lead to a file, all others to AWS.
func checkLinks(t *testing.T, name, page string) {
	t.Helper()
	for _, m := range link.FindAllStringSubmatch(withoutCode(page), -1) {
		switch target := m[1]; {
		case target == name:
			t.Errorf("the page links itself")
		case strings.HasPrefix(target, "https://docs.aws.amazon.com/"), strings.HasPrefix(target, "https://repost.aws/"):
		case strings.Contains(target, ":"):
			t.Errorf("a link to %s, which is no page of AWS", target)
		default:
			if _, err := os.Stat(filepath.Join("causes", target)); err != nil {
				t.Errorf("a link that leads nowhere: %s", target)
			}
		}
	}
}

// checkBlocks: the commands are AWS's, the JSON is JSON, and nothing in the page opens
// more than it should. Text is of the kinds that explain can set for a terminal.
func checkBlocks(t *testing.T, page string) {
	t.Helper()
	for _, m := range block.FindAllStringSubmatch(page, -1) {
		switch kind, code := m[1], m[2]; kind {
		case "sh":
			for line := range strings.Lines(code) {
				if !strings.HasPrefix(line, "aws ") {
					t.Errorf("a command that is none of AWS's: %s", line)
				}
			}
		case "json", "text":
		default:
			t.Errorf("code of kind %q", kind)
		}
	}
	// The answer quotes what a policy has; nothing in it is advice.
	for _, mistake := range forbidden(answered.ReplaceAllString(page, "$1$2")) {
		t.Error(mistake)
	}
	if found := replacing.FindString(page); found != "" && !strings.Contains(section(page, "How to fix it"), "start from") {
		t.Errorf("nothing warns that %s replaces what is there", found)
	}
	checkInvented(t, page)
	for line := range strings.Lines(withoutCode(page)) {
		if regexp.MustCompile(`^(\||\d+\. |\* |\s|>|<|###)`).MatchString(line) && strings.TrimSpace(line) != "" {
			t.Errorf("neither heading nor paragraph nor list: %s", line)
		}
		if strings.Count(line, "`")%2 != 0 {
			t.Errorf("code without an end: %s", line)
		}
	}
}

// replacing are the commands that put a whole document in the place of another.
var replacing = regexp.MustCompile(`(?m)^aws .*(put-(bucket|key|access-point|multi-region-access-point)-policy|put-bucket-encryption|update-policy|modify-vpc-endpoint|create-policy-version)\b`)

// checkInvented: accounts and addresses are of our own invention.
func checkInvented(t *testing.T, text string) {
	t.Helper()
	for _, account := range regexp.MustCompile(`\b\d{12}\b`).FindAllString(text, -1) {
		if strings.Trim(account, account[:1]) != "" {
			t.Errorf("account %s is not one of digits that are all the same", account)
		}
	}
	for _, address := range regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`).FindAllString(text, -1) {
		if !regexp.MustCompile(`^(203\.0\.113|198\.51\.100|192\.0\.2|10\.\d+\.\d+)\.\d+$`).MatchString(address) {
			t.Errorf("address %s is of no range for documentation", address)
		}
	}
}

// forbidden returns what a page must never propose: everything of a service, a grant
// to everybody, Block Public Access off, a Deny or a policy taken away, an
// organization opened altogether.
func forbidden(page string) (mistakes []string) {
	for _, m := range block.FindAllStringSubmatch(page, -1) {
		if m[1] != "json" {
			continue
		}
		var doc any
		if err := json.Unmarshal([]byte(m[2]), &doc); err != nil {
			mistakes = append(mistakes, fmt.Sprintf("not JSON: %v\n%s", err, m[2]))
			continue
		}
		walk(doc, func(object map[string]any) { mistakes = append(mistakes, opens(object)...) })
	}
	for _, pattern := range []string{
		`"(s3|kms):\*"`, `(?i)\b(BlockPublicAcls|IgnorePublicAcls|BlockPublicPolicy|RestrictPublicBuckets)["']?\s*[:=]\s*"?false`,
		`delete-public-access-block`, `delete-bucket-policy`, `delete-(role|user|group)-policy`, `(detach|delete)-policy`,
		`p-FullAWSAccess`, `(?m)^aws .*--acl[ =]'?(public|authenticated)-read`, `AmazonS3FullAccess`, `AdministratorAccess`,
	} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			mistakes = append(mistakes, "the page has "+found)
		}
	}
	return mistakes
}

// opens says what is wrong with a statement that allows.
func opens(statement map[string]any) (mistakes []string) {
	if statement["Effect"] != "Allow" {
		return nil
	}
	for _, action := range list(statement["Action"]) {
		if strings.HasSuffix(action, "*") {
			mistakes = append(mistakes, "allows "+action)
		}
	}
	if statement["NotAction"] != nil || statement["NotPrincipal"] != nil || statement["NotResource"] != nil {
		mistakes = append(mistakes, "allows all but something")
	}
	everybody := statement["Principal"] == "*"
	if principal, ok := statement["Principal"].(map[string]any); ok {
		everybody = everybody || slices.Contains(list(principal["AWS"]), "*")
	}
	condition, _ := statement["Condition"].(map[string]any)
	if everybody && len(condition) == 0 {
		mistakes = append(mistakes, "allows everybody, without a condition")
	}
	return mistakes
}

func list(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var all []string
	items, _ := v.([]any)
	for _, item := range items {
		s, _ := item.(string)
		all = append(all, s)
	}
	return all
}

// TestForbiddenIsFound plants each thing that a page must not propose.
func TestForbiddenIsFound(t *testing.T) {
	statement := func(fields string) string { return "```json\n{" + fields + "}\n```\n" }
	for name, page := range map[string]string{
		"everything of S3":           statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*"`),
		"everything of KMS":          statement(`"Effect": "Allow", "Action": ["kms:*"], "Resource": "*"`),
		"a wildcard":                 statement(`"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"`),
		"everybody":                  statement(`"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"`),
		"everybody, the other way":   statement(`"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:GetObject"`),
		"everybody, in a policy":     statement(`"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]`),
		"all but one":                statement(`"Effect": "Allow", "NotAction": "s3:DeleteBucket"`),
		"not JSON":                   statement(`"Effect": `),
		"in a sentence":              "Allow `\"s3:*\"`.\n",
		"Block Public Access off":    "aws s3api put-public-access-block --public-access-block-configuration BlockPublicAcls=false\n",
		"Block Public Access off, 2": statement(`"RestrictPublicBuckets": false`),
		"the policy deleted":         "aws s3api delete-bucket-policy --bucket b\n",
		"FullAWSAccess":              "aws organizations attach-policy --policy-id p-FullAWSAccess\n",
		"a public object":            "```sh\naws s3 cp a s3://b/a --acl public-read\n```\n",
	} {
		if len(forbidden(page)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	good := statement(`"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"`) +
		statement(`"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}`)
	if got := forbidden(good); len(got) > 0 {
		t.Errorf("what is allowed is found: %q", got)
	}
}
