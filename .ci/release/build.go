package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// program is a binary of the release.
type program struct {
	name, pkg, binary string
	target            target
	lambda            bool
}

// build compiles it.
func (p program) build(ctx context.Context, root, version string) error {
	binary, err := filepath.Abs(p.binary)
	if err != nil {
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	args := []string{"build", "-trimpath", "-buildvcs=false"}
	if p.lambda {
		// Leaves out what only the retired go1.x runtime of Lambda needed.
		args = append(args, "-tags", "lambda.norpc")
	}
	args = append(args, "-ldflags", "-s -w -buildid= -X why403/pkg/version.stamped="+version, "-o", binary, p.pkg)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	// What the user's environment says about building would end in the binary.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOOS="+p.target.os, "GOARCH="+p.target.arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s for %s/%s: %w\n%s", p.name, p.target.os, p.target.arch, err, out)
	}
	return nil
}

// epoch is the date of everything in an archive: the first that a zip can hold.
func epoch() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// zip writes a Lambda function: one file, bootstrap, that may be executed.
func (p program) zip(path string) error {
	content, err := os.ReadFile(p.binary)
	if err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: epoch()}
	header.SetMode(0o755)
	f, err := w.CreateHeader(header)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = os.WriteFile(path, out.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	return nil
}

// tar writes the command line with what has to go with it.
func (p program) tar(root, path string) error {
	var out bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	w := tar.NewWriter(compressed)
	dir := strings.TrimSuffix(filepath.Base(path), ".tar.gz")
	for _, file := range []struct {
		source, name string
		mode         int64
	}{
		{p.binary, "why403", 0o755},
		{filepath.Join(root, "README.md"), "README.md", 0o644},
		{filepath.Join(root, "LICENSE"), "LICENSE", 0o644},
		{filepath.Join(root, "NOTICE"), "NOTICE", 0o644},
	} {
		content, err := os.ReadFile(file.source)
		if err != nil {
			return fmt.Errorf("packing %s: %w", p.name, err)
		}
		header := &tar.Header{Name: dir + "/" + file.name, Mode: file.mode, Size: int64(len(content)), ModTime: epoch(), Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return fmt.Errorf("packing %s: %w", p.name, err)
		}
		if _, err := w.Write(content); err != nil {
			return fmt.Errorf("packing %s: %w", p.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	if err := compressed.Close(); err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("packing %s: %w", p.name, err)
	}
	return nil
}
