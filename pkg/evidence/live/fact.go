package live

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"why403/pkg/evidence"
)

// kind is what a read is about.
type kind uint8

const (
	bucketAccount kind = iota
	bucketPolicy
	bucketPolicyStatus
	bucketAccessBlock
	bucketOwnership
	bucketACL
	bucketPayer
	bucketEncryption
	bucketVersioning
	bucketLock
	bucketTags
	object
	objectLock
	objectTags
	accessPoint
	multiRegionPoint
	accountAccessBlock
	canonicalID
	principal
	uniqueID
	keyMetadata
	keyPolicy
	keyGrants
	keyTags
	keyAlias
	endpoint
	distributions
	organization
	organizationPath
	organizationAccessBlock
	session
	// The others are read on the way to one of those, and shared.
	managedPolicy
	uniqueIDs
	bucketList
	rootOf
	parentOf
	policiesOf
	policyOf
	accountName
)

// fact is one thing to be read: what, of what, and where.
type fact struct {
	kind            kind
	account, region string
	name            string // of a bucket, an ARN, an id
	version         string // of an object; which policies of an organization; the unique id of a role without its path
}

// ofOrganization reports whether a fact changes seldom and takes many calls.
func (f fact) ofOrganization() bool {
	switch f.kind {
	case organization, organizationPath, organizationAccessBlock, rootOf, parentOf, policiesOf, policyOf, accountName, uniqueIDs, bucketList:
		return true
	default:
		return false
	}
}

// change puts what was read into evidence.
type change func(*evidence.Evidence)

// attempt is one try to read a fact.
type attempt struct {
	context.Context
	*Reader
	fact
	// since is when the oldest answer was given that is believed.
	since time.Time
	// refused is why nobody is asked; nil: it may be.
	refused error
	// transient says that something failed that may pass soon: the answer is not kept.
	transient atomic.Bool
}

// of is an attempt to read another fact for the same Read.
func (a *attempt) of(ctx context.Context, f fact) *attempt {
	return &attempt{Context: ctx, Reader: a.Reader, fact: f, since: a.since, refused: a.refused}
}

// config returns the configuration of clients for an account and a region. Its calls
// fail where nobody may be asked: for that, an event may name any region and partition.
func (a *attempt) config(account, region string) aws.Config {
	of := part(a.name, 1)
	switch {
	case a.refused != nil:
		return a.accounts.refusing(a.refused)
	case strings.HasPrefix(a.name, "arn:") && of != a.accounts.Partition:
		return a.accounts.refusing(&accessError{text: "partition " + of + " is not the one that the auditor reads"})
	case a.kind != multiRegionPoint && a.kind != distributions && !a.accounts.inRegion(region):
		return a.accounts.refusing(a.accounts.foreignRegion(region))
	}
	return a.accounts.in(account, region)
}

// shared reads a fact on the way to another, once for all who need it.
func shared[T any](a *attempt, f fact, read func(*attempt) T) T {
	if k, ok := a.cache.get(f, a.since); ok {
		return k.value.(T) //nolint:forcetypeassert // each kind has one type
	}
	if a.refused != nil {
		return read(a.of(a, f))
	}
	k, err := a.cache.ask(a, f, a.since, a.keep(f), func(ctx context.Context) (any, bool) {
		ctx, cancel := context.WithTimeout(ctx, a.accounts.Patience)
		defer cancel()
		inner := a.of(ctx, f)
		v := read(inner)
		return v, !inner.transient.Load()
	})
	if err != nil {
		a.transient.Store(true)
		inner := a.of(a, f)
		inner.refused = err
		return read(inner)
	}
	if !k.sound {
		a.transient.Store(true)
	}
	return k.value.(T) //nolint:forcetypeassert // each kind has one type
}

// onAccount, onBucket and the others change what is known of one thing.
func onAccount(id string, set func(*evidence.Account)) change {
	return func(e *evidence.Evidence) { update(&e.Accounts, id, set) }
}

func onBucket(name string, set func(*evidence.Bucket)) change {
	return func(e *evidence.Evidence) { update(&e.Buckets, name, set) }
}

func onPrincipal(name string, set func(*evidence.Identity)) change {
	return func(e *evidence.Evidence) { update(&e.Principals, name, set) }
}

func onKey(arn string, set func(*evidence.Key)) change {
	return func(e *evidence.Evidence) { update(&e.Keys, arn, set) }
}

func onPoint(arn string, set func(*evidence.AccessPoint)) change {
	return func(e *evidence.Evidence) { update(&e.AccessPoints, arn, set) }
}

// onObject changes what is known of an object, or of the version of it that is named.
func onObject(name, version string, set func(*evidence.ObjectVersion)) change {
	return func(e *evidence.Evidence) {
		update(&e.Objects, name, func(o *evidence.Object) {
			if version == "" {
				set(&o.ObjectVersion)
				return
			}
			update(&o.Versions, version, set)
		})
	}
}

func update[T any](m *map[string]T, name string, set func(*T)) {
	if *m == nil {
		*m = make(map[string]T)
	}
	v := (*m)[name]
	set(&v)
	(*m)[name] = v
}
