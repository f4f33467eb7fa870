package live

import (
	"context"
	"fmt"
	"time"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Reader reads evidence. It is safe for concurrent use, and meant to be kept: what
// one denial needed, the next one need not ask for.
type Reader struct {
	accounts *accounts
	cache    *cache
}

// New returns a Reader.
func New(c Config) *Reader {
	c = c.withDefaults()
	return &Reader{accounts: newAccounts(c), cache: newCache(c.Answers)}
}

// Found is what a Read came to.
type Found struct {
	Evidence evidence.Evidence
	// Compiled is the same, ready for a decision.
	Compiled *authz.Evidence
	// Calls and OrganizationCalls are the calls on AWS that it took.
	Calls, OrganizationCalls int
	// Kept is how many answers were kept from before.
	Kept int
}

// Options are how to read.
type Options struct {
	// Fresh has nothing believed that was kept from before.
	Fresh bool
	// Since has nothing believed that was read before; zero: what is kept is.
	Since time.Time
	// Progress is told how many reads are done, of how many so far; it may be nil.
	Progress func(done, total int)
}

// Read reads what can decide a denial. When the context ends it returns what it has:
// whatever did not arrive is unreadable, and says so.
func (r *Reader) Read(ctx context.Context, d trail.Denial, q *authz.Request, o Options) Found {
	var out Found
	made := new(calls)
	ctx = context.WithValue(ctx, callsKey{}, made)
	e := &out.Evidence
	now := time.Now()
	e.ReadAt = now.UTC().Truncate(time.Second)
	since := o.Since
	if o.Fresh {
		since = now
	}
	var over error // why nobody is asked any more

	started := make(map[fact]bool)
	type answer struct {
		fact fact
		put  change
	}
	answers := make(chan answer)
	pending := make(map[fact]bool)
	report := func() {
		if o.Progress != nil {
			o.Progress(len(started)-len(pending), len(started))
		}
	}
	quit := make(chan struct{})
	defer close(quit)
	for {
		out.Compiled = authz.Compile(*e)
		p := plan{Reader: r, denial: &d, request: q, evidence: e, decision: authz.Decide(q, out.Compiled)}
		news := false
		for _, f := range p.wanted() {
			if started[f] {
				continue
			}
			started[f] = true
			if k, ok := r.cache.get(f, since); ok {
				k.value.(change)(e) //nolint:forcetypeassert // facts that are wanted are changes
				out.Kept++
				news = true
				continue
			}
			if over != nil {
				r.failed(ctx, f, since, over)(e)
				news = true
				continue
			}
			pending[f] = true
			go func() {
				put := r.read(ctx, f, since, &d)
				select {
				case answers <- answer{f, put}:
				case <-quit:
				}
			}()
		}
		if news {
			continue
		}
		report()
		if len(pending) == 0 {
			break
		}
		select {
		case a := <-answers:
			delete(pending, a.fact)
			a.put(e)
		case <-ctx.Done():
			over = ctx.Err()
			for f := range pending {
				r.failed(ctx, f, since, over)(e)
			}
			clear(pending)
		}
	}
	out.Calls, out.OrganizationCalls = int(made.other.Load()), int(made.organization.Load())
	return out
}

// read reads one fact, or waits for whoever reads it.
func (r *Reader) read(ctx context.Context, f fact, since time.Time, d *trail.Denial) change {
	k, err := r.cache.ask(ctx, f, since, r.keep(f), func(ctx context.Context) (any, bool) {
		ctx, cancel := context.WithTimeout(ctx, r.accounts.Patience)
		defer cancel()
		a := &attempt{Context: ctx, Reader: r, fact: f, since: since}
		var put change
		if f.kind == session {
			put = r.session(a, d)
		} else {
			put = a.perform()
		}
		return put, !a.transient.Load()
	})
	if err != nil {
		return r.failed(ctx, f, since, err)
	}
	return k.value.(change) //nolint:forcetypeassert // it is what the function above returns
}

// failed is what is known of a fact that could not be read in time: each of its reads
// fails before it calls anybody.
func (r *Reader) failed(ctx context.Context, f fact, since time.Time, err error) change {
	if f.kind == session {
		return func(e *evidence.Evidence) { update(&e.Sessions, f.name, setUnreadable(err)) }
	}
	a := &attempt{Context: context.WithoutCancel(ctx), Reader: r, fact: f, since: since, refused: err}
	return a.perform()
}

func setUnreadable(err error) func(*evidence.Read[evidence.Grant]) {
	text, _ := why(fmt.Errorf("reading the session: %w", err))
	return func(g *evidence.Read[evidence.Grant]) { *g = evidence.Unreadable[evidence.Grant](text) }
}

func (r *Reader) keep(f fact) time.Duration {
	if f.ofOrganization() {
		return r.accounts.KeepOrganization
	}
	return r.accounts.Keep
}

// home is the region that we are in.
func (r *Reader) home() string { return r.accounts.AWS.Region }

// perform reads a fact.
func (a *attempt) perform() change {
	switch a.kind {
	case bucketAccount:
		return a.readBucketAccount()
	case bucketPolicy, bucketPolicyStatus, bucketAccessBlock, bucketOwnership, bucketACL, bucketPayer, bucketEncryption, bucketVersioning, bucketLock, bucketTags:
		return a.readBucket()
	case object:
		return a.readObject()
	case objectLock:
		return a.readObjectLock()
	case objectTags:
		return a.readObjectTags()
	case accessPoint:
		return a.readAccessPoint()
	case multiRegionPoint:
		return a.readMultiRegionPoint()
	case accountAccessBlock:
		return a.readAccountAccessBlock()
	case canonicalID:
		return a.readCanonicalID()
	case principal:
		return a.readPrincipal()
	case uniqueID:
		return a.readUniqueID()
	case keyMetadata, keyPolicy, keyGrants, keyTags, keyAlias:
		return a.readKey()
	case endpoint:
		return a.readEndpoint()
	case distributions:
		return a.readDistributions()
	case organization:
		return a.readOrganization()
	case organizationPath:
		return a.readPath()
	case organizationAccessBlock:
		return a.readOrganizationAccessBlock()
	default:
		panic(fmt.Sprintf("live: fact %d is read on the way to others only", a.kind))
	}
}
