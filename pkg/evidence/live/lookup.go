package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Lookup is the History that CloudTrail's own event history tells: 90 days of management
// events, a few minutes late, at two calls a second. It is for a person who waits, not
// for the first diagnosis of a denial.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
type Lookup struct {
	accounts *accounts
	// Back is how long before a denial changes are looked for.
	Back time.Duration
}

// NewLookup returns the History of the accounts that a configuration names.
func NewLookup(c Config) *Lookup {
	return &Lookup{accounts: newAccounts(c.withDefaults()), Back: 24 * time.Hour}
}

// longest is how long a session lasts at most: 36 hours, of GetFederationToken.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
const longest = 36 * time.Hour

// Session implements History: it finds the call on STS that issued the session.
func (l *Lookup) Session(ctx context.Context, d trail.Denial) evidence.Read[evidence.Grant] {
	account := d.Principal.Account
	names := sessionNames(d)
	if account == "" || len(names) == 0 {
		return evidence.Unreadable[evidence.Grant]("the record does not say which session it was")
	}
	var failed error
	for _, name := range names {
		for _, region := range l.regions(d) {
			records, err := l.find(ctx, account, region, name, window{d.Time.Add(-longest), d.Time})
			if err != nil {
				failed = err
				continue
			}
			for _, record := range records { // the newest first
				issue, ok, err := trail.ParseIssue([]byte(record))
				if err == nil && ok && (issue.AccessKeyID == d.Principal.AccessKeyID || issue.PrincipalID == names[len(names)-1]) {
					return granted(issue.Grant)
				}
			}
		}
	}
	if failed != nil {
		text, _ := why(failed)
		return evidence.Unreadable[evidence.Grant](text)
	}
	return evidence.Unreadable[evidence.Grant]("CloudTrail's event history does not have the call that issued the session")
}

func granted(g evidence.Grant) evidence.Read[evidence.Grant] {
	if len(g.Policies) == 0 && len(g.Tags) == 0 && !g.TagsUnknown {
		return evidence.Absent[evidence.Grant]("issued without a session policy")
	}
	return evidence.Known(g)
}

// sessionNames are the names of resources under which the call that issued a session is
// found: the key that it returned, and the session.
func sessionNames(d trail.Denial) []string {
	var names []string
	p := d.Principal
	if strings.HasPrefix(p.AccessKeyID, "ASIA") {
		names = append(names, p.AccessKeyID)
	}
	switch {
	case p.Type == evidence.PrincipalFederated && p.Session != "":
		names = append(names, p.Account+":"+p.Session)
	case p.ID != "" && p.Session != "":
		names = append(names, p.ID+":"+p.Session)
	}
	return names
}

// regions are where a call about a denial may be recorded: where it was made, and where
// global endpoints are.
func (l *Lookup) regions(d trail.Denial) []string {
	all := []string{"us-east-1"}
	if d.Region != "" && d.Region != all[0] {
		all = append([]string{d.Region}, all...)
	}
	return all
}

// Changes implements History. It looks for each document in its own account.
func (l *Lookup) Changes(ctx context.Context, d trail.Denial, documents []string) ([]evidence.Change, error) {
	var all []evidence.Change
	var failed []error
	to := d.Time
	if to.IsZero() {
		to = time.Now()
	}
	for _, doc := range documents {
		account, region, name := l.placeOf(doc, d)
		records, err := l.find(ctx, account, region, name, window{to.Add(-l.Back), time.Now()})
		if err != nil {
			failed = append(failed, fmt.Errorf("looking for changes of %s: %w", doc, err))
			continue
		}
		for _, record := range records {
			if c, ok, err := trail.ParseChange([]byte(record)); err == nil && ok {
				c.Document = doc
				all = append(all, c)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b evidence.Change) int { return b.Time.Compare(a.Time) })
	return all, errors.Join(failed...)
}

// placeOf is where changes of a document are recorded, and under which name. IAM and
// Organizations record theirs in us-east-1.
func (l *Lookup) placeOf(doc string, d trail.Denial) (account, region, name string) {
	if !strings.HasPrefix(doc, "arn:") {
		return d.BucketAccount, d.Region, doc
	}
	account, region, name = accountOf(doc), regionOf(doc), doc
	if strings.HasPrefix(part(doc, 2), "iam") {
		region, name = "us-east-1", doc[strings.LastIndex(doc, "/")+1:]
	}
	return account, region, name
}

type window struct{ from, to time.Time }

// maxPages bounds one search: the newest come first.
const maxPages = 3

// find returns the records that name a resource, the newest first.
func (l *Lookup) find(ctx context.Context, account, region, name string, w window) ([]string, error) {
	client := cloudtrail.NewFromConfig(l.accounts.in(account, region))
	in := &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: aws.String(name)}}}
	if w.from.Year() > 1 {
		in.StartTime, in.EndTime = aws.Time(w.from), aws.Time(w.to)
	}
	var records []string
	pages := cloudtrail.NewLookupEventsPaginator(client, in)
	for n := 0; pages.HasMorePages() && n < maxPages; n++ {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return records, fmt.Errorf("looking up events of %s: %w", name, err)
		}
		for _, e := range out.Events {
			records = append(records, aws.ToString(e.CloudTrailEvent))
		}
	}
	return records, nil
}
