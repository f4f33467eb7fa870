package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cfn-lint sees some mistakes only in the template as written and others only in what SAM makes of it, so both are read.
// All files go through one run, because starting the linter costs more than reading a file.
func TestLint(t *testing.T) {
	linter, err := exec.LookPath("cfn-lint")
	if err != nil {
		t.Skip("cfn-lint is not on PATH")
	}

	// Mistakes planted on purpose: a gate that finds nothing in these would pass anything.
	planted := []struct {
		name, right, wrong string
		translated         bool
		finding            string
	}{
		{"runtime that does not exist", "Runtime: provided.al2023", "Runtime: provided.al2033", false, "provided.al2033"},
		{"unknown property", "MemorySize: 256", "MemorySise: 256", false, "MemorySise"},
		{"attribute of a missing resource", "Role: !GetAtt AuditorRole.Arn", "Role: !GetAtt AuditRole.Arn", false, "AuditRole"},
		{"reference to a missing parameter", "!Ref LogRetentionDays", "!Ref LogRetention", false, "LogRetention"},
		{"misspelt IAM action", "dynamodb:GetItem", "dynamodb:GetItme", true, "getitme"},
		{"index key without a definition", "{AttributeName: cause, AttributeType: S}", "{AttributeName: causes, AttributeType: S}",
			false, "'causes'"},
	}

	dir := t.TempDir()
	translated := filepath.Join(dir, "translated.json")
	files := []string{templatePath, "member.yaml", "management.yaml"}
	sources := []string{templatePath, translated}
	found := make([]string, len(planted))
	original := string(readFile(t, templatePath))
	for i, mistake := range planted {
		if !strings.Contains(original, mistake.right) {
			t.Fatalf("%s: %q does not stand in the template", mistake.name, mistake.right)
		}
		base := filepath.Join(dir, strings.ReplaceAll(mistake.name, " ", "-"))
		text := strings.Replace(original, mistake.right, mistake.wrong, 1)
		if err := os.WriteFile(base+".yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		found[i] = base + ".yaml"
		if mistake.translated {
			found[i] = base + ".json"
			sources = append(sources, base+".yaml", found[i])
		}
	}
	canTranslate := translate(t, sources)
	if canTranslate {
		files = append(files, translated)
	}
	for i, mistake := range planted {
		if canTranslate || !mistake.translated {
			files = append(files, found[i])
		}
	}
	findings := lint(t, linter, files)

	t.Run("template", func(t *testing.T) {
		for file := range findings {
			if file != translated && !slices.Contains(found, file) {
				t.Errorf("%s: %s", file, strings.Join(findings[file], "\n"))
			}
		}
	})
	t.Run("translated", func(t *testing.T) {
		if !canTranslate {
			t.Skip("python3 with the SAM translator is not installed")
		}
		for _, finding := range findings[translated] {
			t.Error(finding)
		}
		checkPrivileges(t, resourcesOf(t, readFile(t, translated)))
	})
	for i, mistake := range planted {
		t.Run(mistake.name, func(t *testing.T) {
			if mistake.translated && !canTranslate {
				t.Skip("python3 with the SAM translator is not installed")
			}
			if !strings.Contains(strings.Join(findings[found[i]], "\n"), mistake.finding) {
				t.Errorf("not found; cfn-lint says: %q", findings[found[i]])
			}
		})
	}
}

// translate turns SAM into plain CloudFormation, a source and a target after another. It returns false where the tools
// for it are not installed.
func translate(t *testing.T, sourcesAndTargets []string) bool {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		return false
	}
	if exec.CommandContext(t.Context(), python, "-c", "import samtranslator").Run() != nil {
		return false
	}
	args := append([]string{"testdata/transform.py"}, sourcesAndTargets...)
	if out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput(); err != nil {
		t.Fatalf("SAM does not translate: %v\n%s", err, out)
	}
	return true
}

// lint returns every finding by file, warnings too.
func lint(t *testing.T, linter string, files []string) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), linter, append([]string{"--format", "json", "--"}, files...)...).Output()
	// Findings make it exit with an error; only an answer that is not a list of them is a failure here.
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var matches []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Start struct{ LineNumber int } }
	}
	if err := json.Unmarshal(out, &matches); err != nil {
		t.Fatalf("cfn-lint does not answer with findings: %v\n%s", err, out)
	}
	findings := map[string][]string{}
	for _, match := range matches {
		findings[match.Filename] = append(findings[match.Filename],
			fmt.Sprintf("line %d: %s %s", match.Location.Start.LineNumber, match.Rule.ID, match.Message))
	}
	return findings
}
