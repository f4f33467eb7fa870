package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The largest zip of a function that is still a quick upload and a quick start.
const mostBytes = 8 << 20

// TestTwoFoldersOneRelease: a release is built in two folders, with other settings of the
// user's, and comes out the same.
func TestTwoFoldersOneRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the programs")
	}
	const version = "v0.0.0-test+1"
	here := target{runtime.GOOS, runtime.GOARCH}
	ts := targets{cli: []target{here}, lambda: []target{{"linux", runtime.GOARCH}}}
	first := filepath.Join(t.TempDir(), "first")
	if err := release(t.Context(), "../..", first, version, ts); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "a longer name", "of a folder")
	copyTree(t, "../..", elsewhere)
	t.Setenv("GOFLAGS", "-tags=whatever")
	second := filepath.Join(t.TempDir(), "second")
	if err := release(t.Context(), elsewhere, second, version, ts); err != nil {
		t.Fatal(err)
	}
	a, b := contents(t, first), contents(t, second)
	if len(a) != len(b) {
		t.Errorf("%d files and %d files", len(a), len(b))
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs", name)
		}
	}

	t.Run("sums", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
		cmd.Dir = first
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if lines := bytes.Count(a["SHA256SUMS"], []byte("\n")); lines != len(a)-1 {
			t.Errorf("%d sums for %d files", lines, len(a)-1)
		}
	})
	t.Run("functions", func(t *testing.T) {
		for name, content := range a {
			if strings.HasSuffix(name, ".zip") {
				wantFunction(t, name, content)
			}
		}
	})
	t.Run("command line", func(t *testing.T) {
		name := "why403_" + version + "_" + here.os + "_" + here.arch
		dir := t.TempDir()
		if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", filepath.Join(first, name+".tar.gz"), "-C", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), filepath.Join(dir, name, "why403"), "version").Output()
		if err != nil || !strings.HasPrefix(string(out), "why403 "+version+" (") {
			t.Errorf("says %q, %v", out, err)
		}
	})
	t.Run("bill of materials", func(t *testing.T) { wantBOM(t, a["why403_"+version+".cdx.json"]) })
}

func wantFunction(t *testing.T, name string, content []byte) {
	t.Helper()
	if len(content) > mostBytes {
		t.Errorf("%s has %d bytes", name, len(content))
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode().Perm() != 0o755 {
		t.Errorf("%s: want one file, bootstrap, that everybody may execute", name)
	}
}

func wantBOM(t *testing.T, content []byte) {
	t.Helper()
	var doc bom
	if err := json.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	refs := map[string]bool{doc.Metadata.Component.Ref: true}
	for _, c := range doc.Components {
		if refs[c.Ref] {
			t.Errorf("%s twice", c.Ref)
		}
		refs[c.Ref] = true
	}
	for _, d := range doc.Dependencies {
		for _, ref := range append(d.DependsOn, d.Ref) {
			if !refs[ref] {
				t.Errorf("%s is named and not described", ref)
			}
		}
	}
	for _, want := range []string{"pkg:golang/std@", "pkg:golang/github.com/aws/aws-lambda-go@v", "why403-auditor/linux/" + runtime.GOARCH} {
		found := false
		for ref := range refs {
			found = found || strings.HasPrefix(ref, want)
		}
		if !found {
			t.Errorf("nothing named %s…", want)
		}
	}
	if bytes.Contains(content, []byte(os.TempDir())) {
		t.Error("a path of this machine")
	}
}

func TestVersionThatIsNoVersion(t *testing.T) {
	for _, version := range []string{"", "v1 -X main.other=1", "../v1", "-v1"} {
		if err := release(t.Context(), "../..", filepath.Join(t.TempDir(), "out"), version, targets{}); err == nil {
			t.Errorf("%q is taken", version)
		}
	}
}

// copyTree copies what a build needs.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cmd", "functions", "pkg", "docs", "events", "deploy", "go.mod", "go.sum", "README.md", "LICENSE", "NOTICE"} {
		out, err := exec.CommandContext(t.Context(), "cp", "-R", filepath.Join(from, name), to).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
