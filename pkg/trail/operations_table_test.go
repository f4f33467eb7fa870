package trail

import (
	"strings"
	"testing"
)

// TestOperationsTable holds the form of the rows.
func TestOperationsTable(t *testing.T) {
	for name, op := range operations {
		service, action, ok := strings.Cut(op.action, ":")
		switch {
		case op.action == "" && op.reason == "":
			t.Errorf("%s: neither an action nor a reason", name)
		case op.action != "" && (!ok || action == "" || !strings.HasPrefix(service, "s3")):
			t.Errorf("%s: action %q", name, op.action)
		case op.versioned != "" && (op.on != onObject || !strings.Contains(op.versioned, "Version")):
			t.Errorf("%s: versioned %q", name, op.versioned)
		case op.copies && op.on != onObject:
			t.Errorf("%s: copies, but not an object", name)
		}
	}
	if _, ok := lookup("GetThing"); ok {
		t.Error("an operation that is none was found")
	}
}

// TestLookupAllocatesNothing: every record is looked up.
func TestLookupAllocatesNothing(t *testing.T) {
	for _, name := range []string{"GetObject", "CreateBucketMetadataConfiguration", "GetThing"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = lookup(name) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
