package local

import (
	"path/filepath"
	"testing"

	"why403/pkg/finding"
	"why403/pkg/finding/findingtest"
)

func TestStore(t *testing.T) {
	findingtest.RunStore(t, func(t *testing.T) finding.Store {
		s, err := Open(filepath.Join(t.TempDir(), "why403", "findings.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

func TestOpenReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "findings.db")
	if _, err := OpenReadOnly(path); !Missing(err) {
		t.Errorf("without a file: error %v, want one that says it is missing", err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Record(t.Context(), findingtest.Samples("acme-data", 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, err = OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	got, err := s.Get(t.Context(), want.Finding.ID[:3])
	if err != nil || got.Count != 2 {
		t.Errorf("by the beginning of its id: %+v, error %v", got, err)
	}
	if _, err := s.Record(t.Context(), findingtest.Samples("acme-data", 3, 3)); err == nil {
		t.Error("a file open for reading was written")
	}
}

func TestLedger(t *testing.T) {
	findingtest.RunLedger(t, func(t *testing.T) finding.Ledger {
		s, err := Open(filepath.Join(t.TempDir(), "findings.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
