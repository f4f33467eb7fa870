package scan

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File is a file of a Source.
type File struct {
	// Name is what people know it by, and Path the same with slashes and from the root,
	// so that it is the same file whoever names it.
	Name, Path string
	Size       int64 // in bytes, as it is stored
	// Version differs if the content does: an ETag, or when the file was written.
	Version string
}

// Visitor is told what a Source has.
type Visitor struct {
	// Enter says whether a folder needs to be looked into, and whether all below it does;
	// its name ends in a slash.
	Enter func(folder string) (enter, all bool)
	// File is called with each file. An error of it ends the listing, and is returned.
	File func(File) error
	// Problem is told what could not be listed; the rest is.
	Problem func(name string, err error)
}

// Source is where log files are.
type Source interface {
	// Name is what the operator called it.
	Name() string
	// Files lists the files, in the same order each time.
	Files(ctx context.Context, v Visitor) error
	// Open reads a file from its beginning.
	Open(ctx context.Context, f File) (io.ReadCloser, error)
}

// Folder returns the files of a folder and those below it, or a single file.
func Folder(path string) Source { return folder{path} }

type folder struct{ path string }

func (s folder) Name() string { return s.path }

func (s folder) Open(_ context.Context, f File) (io.ReadCloser, error) {
	in, err := os.Open(f.Name)
	if err != nil {
		return nil, plain(err)
	}
	return in, nil
}

func (s folder) Files(ctx context.Context, v Visitor) error {
	root := s.path
	// WalkDir follows no links, and would not enter a root that is one.
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	if _, err := os.Stat(root); err != nil {
		return plain(err)
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		full, errAbs := filepath.Abs(path)
		if err == nil {
			err = errAbs
		}
		if err != nil {
			v.Problem(path, plain(err))
			return nil
		}
		slashed := filepath.ToSlash(full)
		if d.IsDir() {
			if enter, _ := v.Enter(slashed + "/"); !enter && path != root {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			v.Problem(path, plain(err))
			return nil
		case !info.Mode().IsRegular():
			return nil
		}
		return v.File(File{Name: path, Path: slashed, Size: info.Size(), Version: info.ModTime().UTC().Format(time.RFC3339Nano)})
	})
}

// plain drops what a file error says twice: the name is said anyway.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
