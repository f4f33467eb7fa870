// Command release builds what a release consists of, the same bytes on every machine:
//
//	why403_VERSION_OS_ARCH.tar.gz      the command line, with README, LICENSE and NOTICE
//	why403-NAME_VERSION_ARCH.zip       a Lambda function, ready to be uploaded
//	why403_VERSION.cdx.json            what all of them are made of (CycloneDX)
//	SHA256SUMS                         of all of them
//
// Nothing in them depends on the machine, the folder or the time: paths are trimmed, there is
// no build id, and archives hold one fixed date.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	out := flag.String("out", "dist/release", "folder for the release; it is emptied first")
	version := flag.String("version", "", "version, such as v1.2.3 or what git describe says")
	flag.Parse()
	if err := release(context.Background(), *root, *out, *version, everything()); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// target is one program for one platform.
type target struct{ os, arch string }

// targets are the platforms of a release.
type targets struct{ cli, lambda []target }

func everything() targets {
	return targets{
		cli:    []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}},
		lambda: []target{{"linux", "arm64"}, {"linux", "amd64"}},
	}
}

// The version becomes part of file names and of a linker flag.
var plainVersion = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+_-]*$`)

// release fills the folder out.
func release(ctx context.Context, root, out, version string, ts targets) (err error) {
	if !plainVersion.MatchString(version) {
		return fmt.Errorf("-version is %q, want letters, digits and .+_-", version)
	}
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("emptying %s: %w", out, err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", out, err)
	}
	work, err := os.MkdirTemp("", "why403-release-")
	if err != nil {
		return fmt.Errorf("making a folder for binaries: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	functions, err := functionNames(root)
	if err != nil {
		return err
	}
	var built []program
	for _, t := range ts.cli {
		p := program{name: "why403", pkg: "./cmd/why403", target: t, binary: filepath.Join(work, "why403-"+t.os+"-"+t.arch)}
		if err := p.build(ctx, root, version); err != nil {
			return err
		}
		if err := p.tar(root, filepath.Join(out, fmt.Sprintf("why403_%s_%s_%s.tar.gz", version, t.os, t.arch))); err != nil {
			return err
		}
		built = append(built, p)
	}
	for _, t := range ts.lambda {
		for _, name := range functions {
			p := program{name: "why403-" + name, pkg: "./functions/" + name, target: t, lambda: true, binary: filepath.Join(work, name+"-"+t.arch)}
			if err := p.build(ctx, root, version); err != nil {
				return err
			}
			if err := p.zip(filepath.Join(out, fmt.Sprintf("why403-%s_%s_%s.zip", name, version, t.arch))); err != nil {
				return err
			}
			built = append(built, p)
		}
	}
	if err := writeBOM(filepath.Join(out, "why403_"+version+".cdx.json"), version, built); err != nil {
		return err
	}
	return writeSums(out)
}

func functionNames(root string) ([]string, error) {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return nil, errors.Join(fmt.Errorf("no functions below %s", root), err)
	}
	names := make([]string, len(mains))
	for i, m := range mains {
		names[i] = filepath.Base(filepath.Dir(m))
	}
	return names, nil
}

// writeSums writes SHA256SUMS, as sha256sum --check reads it.
func writeSums(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("listing the release: %w", err)
	}
	var lines []string
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return fmt.Errorf("reading what was built: %w", err)
		}
		sum := sha256.Sum256(content)
		lines = append(lines, hex.EncodeToString(sum[:])+"  "+e.Name()+"\n")
	}
	slices.Sort(lines)
	if err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.Join(lines, "")), 0o644); err != nil {
		return fmt.Errorf("writing the sums: %w", err)
	}
	return nil
}
