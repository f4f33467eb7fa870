package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/jellydator/ttlcache/v3"
	"golang.org/x/sync/errgroup"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/history"
	"why403/pkg/trail"
)

// Production tells of what happened around a denial from what a Store remembers: a few
// milliseconds, where CloudTrail's own event history allows two questions a second.
type Production struct {
	api   API
	table string
	// Back is how long before a denial changes are looked for.
	Back time.Duration
	// recent is what was read under names, so that a flood of denials about the same
	// documents reads it once.
	recent *ttlcache.Cache[string, []item]
}

// recentLife is how long what was read of a name stands for Changes: a change is news for
// days, and a retry loop asks many times a second.
const recentLife = 30 * time.Second

// mostRecent bounds how many names are kept.
const mostRecent = 5000

// NewProduction returns what tells from the table of that name.
func NewProduction(api API, table string) *Production {
	return &Production{api: api, table: table, Back: 24 * time.Hour, recent: ttlcache.New(
		ttlcache.WithTTL[string, []item](recentLife), ttlcache.WithCapacity[string, []item](mostRecent), ttlcache.WithDisableTouchOnHit[string, []item]())}
}

// Session returns what the session of a denial was issued with.
//
// It is absent only if the record that issued it is there and says so. Where there is no
// record, the session may have been issued without a policy, as most are, or where or
// when nothing is recorded: that cannot be told apart, and is unreadable.
func (p *Production) Session(ctx context.Context, d trail.Denial) evidence.Read[evidence.Grant] {
	found, err := p.session(ctx, d)
	if err != nil {
		return evidence.Unreadable[evidence.Grant](clean.Truncate(err.Error(), mostText))
	}
	g, err := unpack(found.Grant)
	if err != nil {
		return evidence.Unreadable[evidence.Grant](clean.Truncate(err.Error(), mostText))
	}
	if len(g.Policies) == 0 && len(g.Tags) == 0 && !g.TagsUnknown {
		return evidence.Absent[evidence.Grant]("issued without a session policy")
	}
	return evidence.Known(g)
}

// session finds the item of a session; an error says why there is none.
func (p *Production) session(ctx context.Context, d trail.Denial) (item, error) {
	who := d.Principal
	switch {
	case strings.HasPrefix(who.AccessKeyID, "ASIA"):
		found, err := p.get(ctx, SessionPrefix+who.AccessKeyID, partIssued)
		if err != nil || found.ID != "" {
			return found, err
		}
	case who.ID != "" && who.Session != "":
		found, err := p.byPrincipal(ctx, d, who.ID+":"+who.Session)
		if err != nil || found.ID != "" {
			return found, err
		}
	case who.Type == evidence.PrincipalFederated && who.Session != "":
		found, err := p.byPrincipal(ctx, d, who.Account+":"+who.Session)
		if err != nil || found.ID != "" {
			return found, err
		}
	default:
		return item{}, errors.New("the record does not say which session it was")
	}
	return item{}, p.missing(ctx, d)
}

// moment is how far the time in a session's own records may be from that of the record
// that issued it.
const moment = 2 * time.Second

// byPrincipal finds the one session of a name that began when that of the denial did.
// Others of the name may have been issued with other policies, or with none and so
// without being recorded.
func (p *Production) byPrincipal(ctx context.Context, d trail.Denial, name string) (item, error) {
	began, known := issuedAt(d)
	if !known {
		return item{}, errors.New("the record shows neither the key of the session nor when it began, so that it cannot be told from others of its name")
	}
	all, err := p.query(ctx, SessionPrefix+name, began.Add(-moment), began.Add(moment), mostChanges)
	if err != nil || len(all) == 0 {
		return item{}, err
	}
	if len(all) > 1 {
		return item{}, errors.New("several sessions of its name began at the same time")
	}
	return all[0], nil
}

func issuedAt(d trail.Denial) (time.Time, bool) {
	values := d.Context.Lookup("aws:TokenIssueTime").Values
	if len(values) != 1 {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, values[0])
	return at, err == nil
}

// missing says why a session may not be remembered.
func (p *Production) missing(ctx context.Context, d trail.Denial) error {
	began, err := p.get(ctx, BeganID, beganPart("sessions", d.Principal.Account))
	if err != nil {
		return err
	}
	if began.ID == "" {
		return fmt.Errorf("no session of account %s has been recorded yet; rules forward those that are issued with a session policy", d.Principal.Account)
	}
	since, err := time.Parse(time.RFC3339Nano, began.At)
	if at, known := issuedAt(d); err == nil && known && at.Before(since) {
		return fmt.Errorf("the session began before sessions of account %s were recorded (%s)", d.Principal.Account, since.Format(time.RFC3339))
	}
	return errors.New("no record of a session policy: it was issued without one, or where nothing is recorded")
}

const mostChanges = 10 // of one document

// Changes returns the changes of the named documents before the denial and since, newest
// first. To them come what else may have changed: the account that has the bucket, the
// endpoint and access point of the request, and the organization.
func (p *Production) Changes(ctx context.Context, d trail.Denial, documents []string) ([]evidence.Change, error) {
	names := []string{history.Organization}
	for _, doc := range slices.Concat(documents, []string{d.BucketAccount, d.VPCEndpointID, d.AccessPoint, d.KMSKey}) {
		if name := history.Name(doc); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	from := d.Time.Add(-p.Back)
	if d.Time.IsZero() {
		from = time.Now().Add(-p.Back)
	}
	return p.since(ctx, names, from, p.latest)
}

// latest returns the latest changes under a name, as they were read a moment ago.
func (p *Production) latest(ctx context.Context, name string, _ time.Time) ([]item, error) {
	if kept := p.recent.Get(name); kept != nil {
		return kept.Value(), nil
	}
	items, err := p.changes(ctx, name, time.Time{})
	if err == nil {
		p.recent.Set(name, items, ttlcache.DefaultTTL)
	}
	return items, err
}

func (p *Production) changes(ctx context.Context, name string, from time.Time) ([]item, error) {
	return p.query(ctx, ChangePrefix+name, from, time.Time{}, mostChanges)
}

// Since returns the changes that are remembered under names since then, newest first, as
// they stand now. The error says what could not be read; the rest is there.
func (p *Production) Since(ctx context.Context, names []string, from time.Time) ([]evidence.Change, error) {
	return p.since(ctx, names, from, p.changes)
}

func (p *Production) since(ctx context.Context, names []string, from time.Time, read func(context.Context, string, time.Time) ([]item, error)) ([]evidence.Change, error) {
	found := make([][]evidence.Change, len(names))
	failed := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, name := range names {
		g.Go(func() error {
			items, err := read(ctx, name, from)
			if err != nil {
				failed[i] = fmt.Errorf("reading the changes of %s: %w", name, err)
			}
			for _, it := range items {
				at, err := time.Parse(time.RFC3339Nano, it.At)
				if err != nil {
					failed[i] = fmt.Errorf("reading the changes of %s: %w", name, err)
					continue
				}
				if at.Before(from) {
					continue
				}
				found[i] = append(found[i], evidence.Change{Time: at, By: it.By, Event: it.Event, Document: it.Document})
			}
			return nil
		})
	}
	_ = g.Wait() // each has its own error
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b evidence.Change) int { return b.Time.Compare(a.Time) })
	return all, errors.Join(failed...)
}

// Latest returns when each finding was decided again, as far as that is remembered.
func (p *Production) Latest(ctx context.Context) (map[string]time.Time, error) {
	expr, err := expression.NewBuilder().WithKeyCondition(expression.Key("id").Equal(expression.Value(RecheckedID))).Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewQueryPaginator(p.api, &dynamodb.QueryInput{
		TableName: &p.table, KeyConditionExpression: expr.KeyCondition(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	})
	all := make(map[string]time.Time)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		var items []item
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &items); err != nil {
			return nil, err
		}
		for _, it := range items {
			if at, err := time.Parse(time.RFC3339Nano, it.At); err == nil {
				all[it.Part] = at
			}
		}
	}
	return all, nil
}

func (p *Production) get(ctx context.Context, id, part string) (item, error) {
	var it item
	out, err := p.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &p.table, Key: map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: id}, "part": &types.AttributeValueMemberS{Value: part},
	}})
	if err == nil {
		err = attributevalue.UnmarshalMap(out.Item, &it)
	}
	if err != nil {
		return item{}, fmt.Errorf("reading what is remembered: %w", err)
	}
	return it, nil
}

// query returns the items of an id from a time to another, or without end, the newest
// first.
func (p *Production) query(ctx context.Context, id string, from, to time.Time, most int32) ([]item, error) {
	part := expression.Key("part")
	when := part.GreaterThanEqual(expression.Value(sortable(from)))
	if !to.IsZero() {
		// "$" sorts after "#": what is at that very moment is in between.
		when = part.Between(expression.Value(sortable(from)), expression.Value(sortable(to)+"$"))
	}
	expr, err := expression.NewBuilder().WithKeyCondition(expression.Key("id").Equal(expression.Value(id)).And(when)).Build()
	if err != nil {
		return nil, err
	}
	out, err := p.api.Query(ctx, &dynamodb.QueryInput{
		TableName: &p.table, KeyConditionExpression: expr.KeyCondition(), ExpressionAttributeNames: expr.Names(),
		ExpressionAttributeValues: expr.Values(), ScanIndexForward: aws.Bool(false), Limit: &most,
	})
	if err != nil {
		return nil, err
	}
	var all []item
	return all, attributevalue.UnmarshalListOfMaps(out.Items, &all)
}
