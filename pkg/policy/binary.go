package policy

import (
	"bytes"
	"encoding/base64"
)

// blobs is the values of BinaryEquals.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
type blobs [][]byte

func newBlobs(values []string) (m blobs, problem string) {
	m = make(blobs, len(values))
	for i, v := range values {
		var err error
		if m[i], err = base64.StdEncoding.DecodeString(v); err != nil {
			problem = quoted(v) + " is not base64"
		}
	}
	return m, problem
}

func (m blobs) match(_ *Context, value string) Truth {
	got, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return Unknown
	}
	for _, want := range m {
		if bytes.Equal(want, got) {
			return Yes
		}
	}
	return No
}

func (m blobs) takes(value string) bool {
	_, err := base64.StdEncoding.DecodeString(value)
	return err == nil
}
