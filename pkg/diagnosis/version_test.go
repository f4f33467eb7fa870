package diagnosis_test

import (
	"testing"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// A finding is read years later, by those who ask which program said so.
func TestDiagnosisSaysWhichVersionMadeIt(t *testing.T) {
	for _, version := range []string{"v1.2.3", ""} {
		if x := diagnosis.Diagnose(trail.Denial{}, authz.Compile(evidence.Evidence{}), diagnosis.Options{Version: version}); x.Version != version {
			t.Errorf("says %q, want %q", x.Version, version)
		}
	}
}
