package trail

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// corpus returns what a long run of a fuzz target found worth keeping: files of Go's
// own form, packed into one. Every test run tries them all.
func corpus(tb testing.TB, path string) []string {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		text, err := io.ReadAll(files)
		if err != nil {
			tb.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		_, value, _ := strings.Cut(string(text), "\n")
		value = strings.TrimSpace(value)
		value = strings.TrimSuffix(value[strings.IndexByte(value, '(')+1:], ")")
		input, err := strconv.Unquote(value)
		if err != nil {
			tb.Fatalf("%s: %v", h.Name, err)
		}
		all = append(all, input)
	}
	if len(all) == 0 {
		tb.Fatalf("%s is empty", path)
	}
	return all
}
