package live

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"why403/pkg/evidence"
)

// listed is what ListBuckets says of one account.
type listed struct {
	regions map[string]string // by bucket
	owner   string            // the canonical user id of the account
	err     error
}

// buckets lists the buckets of an account.
func (a *attempt) buckets(account string) listed {
	return shared(a, fact{kind: bucketList, account: account, region: a.home()}, func(a *attempt) listed {
		all := listed{regions: make(map[string]string)}
		client := s3.NewFromConfig(a.config(account, a.home()))
		pages := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(bucketsOnPage)})
		for pages.HasMorePages() {
			out, err := pages.NextPage(a)
			if err != nil {
				_, transient := why(err)
				a.transient.Store(a.transient.Load() || transient)
				return listed{err: err}
			}
			for _, b := range out.Buckets {
				all.regions[aws.ToString(b.Name)] = aws.ToString(b.BucketRegion)
			}
			if out.Owner != nil {
				all.owner = aws.ToString(out.Owner.ID)
			}
		}
		return all
	})
}

// bucketsOnPage is how many buckets one call of ListBuckets returns.
const bucketsOnPage = 1000

// searching is how many accounts are searched for a bucket at a time.
const searching = 16

// readBucketAccount finds the account of a bucket: nothing but a list of the buckets of
// each account tells.
func (a *attempt) readBucketAccount() change {
	accounts := a.accounts.known()
	ctx, found := context.WithCancel(a.Context)
	defer found()
	type hit struct {
		account, region string
		has             bool
		err             error
	}
	hits := make(chan hit, len(accounts))
	turns := make(chan struct{}, searching)
	for _, account := range accounts {
		go func() {
			select {
			case turns <- struct{}{}:
			case <-ctx.Done():
				hits <- hit{account: account, err: ctx.Err()}
				return
			}
			defer func() { <-turns }()
			all := a.of(ctx, a.fact).buckets(account)
			region, has := all.regions[a.name]
			hits <- hit{account, region, has, all.err}
		}()
	}
	unread := make(map[string][]string) // accounts, by why they could not be read
	for range accounts {
		h := <-hits
		switch {
		case h.err != nil:
			text, transient := why(h.err)
			unread[text] = append(unread[text], h.account)
			a.transient.Store(a.transient.Load() || transient)
		case h.has:
			found()
			a.transient.Store(false)
			return onBucket(a.name, func(b *evidence.Bucket) {
				b.Account = evidence.Known(h.account)
				if h.region != "" {
					b.Region = evidence.Known(h.region)
				}
			})
		}
	}
	text := "the bucket is in none of the accounts that the auditor may read"
	if len(unread) > 0 {
		text = "the bucket is in none of the accounts that the auditor could list the buckets of; it could not in " + reasons(unread)
	}
	return onBucket(a.name, func(b *evidence.Bucket) { b.Account = evidence.Unreadable[string](text) })
}

// reasons says why accounts could not be read, without naming hundreds of them.
func reasons(unread map[string][]string) string {
	const named = 3
	texts := make([]string, 0, len(unread))
	for _, text := range slices.Sorted(maps.Keys(unread)) {
		ids := slices.Sorted(slices.Values(unread[text]))
		of := strings.Join(ids[:min(named, len(ids))], ", ")
		if more := len(ids) - named; more > 0 {
			of += fmt.Sprintf(" and %d more", more)
		}
		texts = append(texts, of+" ("+text+")")
	}
	return strings.Join(texts, ", ")
}

// readCanonicalID reads by which id ACLs name an account.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
func (a *attempt) readCanonicalID() change {
	all := a.buckets(a.account)
	v := outcome(a, all.owner, all.err)
	if all.err == nil && all.owner == "" {
		v = evidence.Unreadable[string]("the answer names no owner")
	}
	return onAccount(a.account, func(acc *evidence.Account) { acc.CanonicalID = v })
}
