package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"why403/pkg/finding"
)

// eachDenial calls do with the document of each file, as reader.each does, and with the
// case of each finding.
func (o *options) eachDenial(ctx context.Context, in *reader, names []string, do func(where string, doc []byte) error) error {
	for _, name := range names {
		var err error
		if id, ok := findingID(name); ok {
			err = o.caseOf(ctx, in, name, id, do)
		} else {
			err = in.each([]string{name}, do)
		}
		if err != nil && !errors.Is(err, errSomeUnreadable) {
			return err
		}
	}
	if in.unreadable > 0 {
		return errSomeUnreadable
	}
	return nil
}

// findingID tells the id of a finding, or its beginning, from the name of a file: a file
// of that name wins.
func findingID(name string) (string, bool) {
	const least = 3 // a shorter beginning names too many
	id := strings.ToUpper(name)
	if len(id) < least || len(id) > fullID || !plainID(id) {
		return "", false
	}
	_, err := os.Stat(name)
	return id, err != nil
}

func (o *options) caseOf(ctx context.Context, in *reader, name, id string, do func(string, []byte) error) error {
	var doc []byte
	err := o.withFindings(ctx, false, func(s *source) error {
		whole, err := s.whole(ctx, id)
		if err != nil {
			return err
		}
		id = whole
		doc, err = s.Case(ctx, whole)
		return err
	})
	var wrong usageError
	switch {
	case errors.As(err, &wrong):
		return err
	case errors.Is(err, finding.ErrNoCase):
		in.complain(name, errors.New("no case of this finding is kept, or not any more: 'why403 findings show' has what is known"))
	case errors.Is(err, finding.ErrNotFound):
		in.complain(name, errors.New("no such file, and no such finding"))
	case err != nil:
		in.complain(name, fmt.Errorf("no such file; as a finding: %w", err))
	default:
		return do("finding "+id, doc)
	}
	return nil
}
