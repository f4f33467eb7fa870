package finding

import (
	"fmt"
	"strings"
)

// Pick returns the finding of that id, or the only one whose id begins so, in
// any case of letters.
func Pick(all []Finding, id string) (Finding, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	var found []Finding
	for _, f := range all {
		if f.ID == id {
			return f, nil
		}
		if id != "" && strings.HasPrefix(f.ID, id) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 0:
		return Finding{}, fmt.Errorf("%w: %q", ErrNotFound, id)
	case 1:
		return found[0], nil
	default:
		return Finding{}, fmt.Errorf("%q is the beginning of %d findings", id, len(found))
	}
}
