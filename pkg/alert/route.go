package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"why403/pkg/finding"
)

// RoutesFormat is the value of the field format of a routes file.
const RoutesFormat = "why403.routes/v1"

// Routes send messages to topics; docs/routes.schema.json describes the file. The first
// route that fits is taken.
type Routes []Route

// Route is one way: all that it names must fit, and it names at least one thing.
type Route struct {
	// Accounts must have the one that must act, or if that is not known the requester's.
	Accounts []string `json:"accounts,omitempty"`
	// OUs must have an organizational unit or root above that account.
	OUs []string `json:"ous,omitempty"`
	// BucketTags must all be on the bucket; the value "*" is any.
	BucketTags map[string]string `json:"bucketTags,omitempty"`
	// Topic is the ARN of the SNS topic.
	Topic string `json:"topic"`
}

// Facts are what is known of where a denial happened, beyond its record. What is not
// known fits no route.
type Facts struct {
	OUs        map[string][]string // by account: the roots and organizational units above it
	BucketTags map[string]string
}

// ParseRoutes reads a routes file. A name that is not known is an error: a route that
// was meant otherwise would send a message astray.
func ParseRoutes(doc []byte) (Routes, error) {
	var file struct {
		Format string `json:"format"`
		Routes Routes `json:"routes"`
	}
	dec := json.NewDecoder(strings.NewReader(string(doc)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("reading routes: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading routes: there is more than one JSON value")
	}
	if file.Format != RoutesFormat {
		return nil, fmt.Errorf("reading routes: the format is %q, not %q", file.Format, RoutesFormat)
	}
	for i, r := range file.Routes {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("reading routes: route %d: %w", i+1, err)
		}
	}
	return file.Routes, nil
}

func (r Route) check() error {
	if f := strings.Split(r.Topic, ":"); len(f) != 6 || f[0] != "arn" || f[2] != "sns" || !isAccount(f[4]) || f[5] == "" {
		return fmt.Errorf("the topic %q is not the ARN of an SNS topic", r.Topic)
	}
	if len(r.Accounts)+len(r.OUs)+len(r.BucketTags) == 0 {
		return errors.New("it names no accounts, OUs or bucket tags, so that it would take everything")
	}
	for _, a := range r.Accounts {
		if !isAccount(a) {
			return fmt.Errorf("%q is not an account id of 12 digits", a)
		}
	}
	for _, ou := range r.OUs {
		if !strings.HasPrefix(ou, "ou-") && !strings.HasPrefix(ou, "r-") {
			return fmt.Errorf("%q is not the id of an organizational unit or root", ou)
		}
	}
	return nil
}

// Topic is where a finding's messages go; empty: the usual topic.
func (all Routes) Topic(f finding.Finding, facts Facts) string {
	account := f.Diagnosis.Denial.Principal.Account
	if c := f.Diagnosis.Cause; c != nil && c.Account != "" {
		account = c.Account
	}
	for _, r := range all {
		if r.fits(account, facts) {
			return r.Topic
		}
	}
	return ""
}

func (r Route) fits(account string, facts Facts) bool {
	if len(r.Accounts) > 0 && !slices.Contains(r.Accounts, account) {
		return false
	}
	if len(r.OUs) > 0 && !slices.ContainsFunc(facts.OUs[account], func(ou string) bool { return slices.Contains(r.OUs, ou) }) {
		return false
	}
	for key, want := range r.BucketTags {
		if has, ok := facts.BucketTags[key]; !ok || want != "*" && has != want {
			return false
		}
	}
	return len(r.Accounts)+len(r.OUs)+len(r.BucketTags) > 0
}
