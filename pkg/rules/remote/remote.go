// Package remote reads a file of ignore rules from where a deployed stack keeps it: a
// parameter of Systems Manager, or an object in S3.
package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"why403/pkg/rules"
)

// Every is how long rules are in force before it is asked whether they changed.
const Every = 5 * time.Minute

// retry is when rules that could not be read are asked for again.
const retry = time.Minute

// Version is rules that came into force.
type Version struct {
	// Hash is the same for the same file.
	Hash string
	Set  rules.Set
}

// Source keeps rules that are read from time to time. It is safe for concurrent use.
type Source struct {
	name string
	read func(context.Context) ([]byte, error)
	now  func() time.Time
	// Changed is told of each version when it comes into force in this process; nil:
	// nobody is.
	Changed func(context.Context, Version)
	// Failed is told why rules could not be read or have a mistake; nil: nobody is. The
	// rules from before stay in force: of a process that has none yet, only the noise
	// profile.
	Failed func(context.Context, error)

	mu      sync.Mutex
	current Version
	due     time.Time
}

// New returns the source that a reference names: the name of a parameter, which begins with
// a slash, or s3://BUCKET/KEY.
func New(cfg aws.Config, reference string) (*Source, error) {
	if bucket, ok := strings.CutPrefix(reference, "s3://"); ok {
		bucket, key, _ := strings.Cut(bucket, "/")
		if bucket == "" || key == "" {
			return nil, fmt.Errorf("rules %q: want s3://BUCKET/KEY", reference)
		}
		return newSource(reference, object(s3.NewFromConfig(cfg), bucket, key)), nil
	}
	if !strings.HasPrefix(reference, "/") {
		return nil, fmt.Errorf("rules %q: want s3://BUCKET/KEY, or the name of a parameter, which begins with a slash", reference)
	}
	return newSource(reference, parameter(ssm.NewFromConfig(cfg), reference)), nil
}

func newSource(name string, read func(context.Context) ([]byte, error)) *Source {
	return &Source{name: name, read: read, now: time.Now}
}

func object(client *s3.Client, bucket, key string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return nil, err
		}
		defer out.Body.Close()
		// One byte more than is allowed, for the parser to see that it is too long.
		return io.ReadAll(io.LimitReader(out.Body, rules.MaxFile+1))
	}
}

func parameter(client *ssm.Client, name string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
		if err != nil {
			return nil, err
		}
		if out.Parameter == nil {
			return nil, errors.New("the answer has no parameter")
		}
		return []byte(aws.ToString(out.Parameter.Value)), nil
	}
}

// Rules returns the rules that are in force. It never fails: see Failed.
func (s *Source) Rules(ctx context.Context) rules.Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	// A clock that was set back asks at once.
	if now.Before(s.due) && s.due.Sub(now) <= Every {
		return s.current.Set
	}
	next, err := s.load(ctx)
	if err != nil {
		s.due = now.Add(retry)
		if s.Failed != nil {
			s.Failed(ctx, fmt.Errorf("reading rules from %s: %w", s.name, err))
		}
		return s.current.Set
	}
	s.due = now.Add(Every)
	if next.Hash != s.current.Hash {
		s.current = next
		if s.Changed != nil {
			s.Changed(ctx, next)
		}
	}
	return s.current.Set
}

func (s *Source) load(ctx context.Context) (Version, error) {
	doc, err := s.read(ctx)
	if err != nil {
		return Version{}, err
	}
	sum := sha256.Sum256(doc)
	v := Version{Hash: hex.EncodeToString(sum[:8])}
	if v.Hash == s.current.Hash {
		return s.current, nil
	}
	v.Set, err = rules.Parse(s.name, doc)
	return v, err
}
