package diagnosis

import (
	"encoding/json"
	"errors"
	"slices"

	"why403/pkg/authz"
)

// unpublish makes a bucket policy non-public, so that RestrictPublicBuckets shuts
// nobody out any more: each statement that lets everybody in is limited to the
// organization of the bucket's account, or else to that account and the requester's.
// The setting stays.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (j *join) unpublish(v *refusal, s *Step) (*change, error) {
	w := j.copyOf()
	before := w.ofBucket(v.bucket).doc
	if before == nil || !isAccount(v.owner) || !isAccount(j.Principal.Account) {
		return nil, nil
	}
	d, err := edit(before)
	if err != nil {
		return nil, err
	}
	condition := map[string]any{"aws:PrincipalAccount": []string{v.owner, j.Principal.Account}}
	org, ok := j.evidence.Accounts[v.owner].Organization.Value()
	mine, _ := j.evidence.Accounts[j.Principal.Account].Organization.Value()
	if ok && org.ID == mine.ID {
		condition = map[string]any{"aws:PrincipalOrgID": org.ID}
	}
	var changed []json.RawMessage
	for i, raw := range d.statements {
		if !authz.PublicStatement(raw) {
			continue
		}
		var st map[string]any
		if err := json.Unmarshal(raw, &st); err != nil {
			return nil, err
		}
		if !ok || org.ID != mine.ID {
			st["Principal"] = map[string]any{"AWS": []string{v.owner, j.Principal.Account}}
		} else {
			conditions, _ := st["Condition"].(map[string]any)
			if conditions == nil {
				conditions = make(map[string]any)
			}
			if conditions["StringEquals"] != nil {
				return nil, errors.New("the statement has conditions of its own: limit it by hand")
			}
			conditions["StringEquals"] = condition
			st["Condition"] = conditions
		}
		tidied, err := tidy(st)
		if err != nil {
			return nil, err
		}
		d.statements = slices.Clone(d.statements)
		d.statements[i] = tidied
		changed = append(changed, tidied)
	}
	if len(changed) == 0 {
		return nil, nil
	}
	after := d.document()
	if err := bucketPolicy().exceeds(after); err != nil {
		return nil, err
	}
	s.Title = "limit the statements of the bucket policy that let everybody in; keep Block Public Access as it is"
	s.Target, s.Patch = v.bucketARN(), changed[0]
	return &change{kind: replaceStatement, before: before, after: after, apply: func(w *world) error {
		w.ofBucket(v.bucket).put(after)
		return nil
	}}, nil
}
