// Package bucket reads log files from an S3 bucket, for pkg/scan: ListObjectsV2 and
// GetObject, and nothing else.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"why403/pkg/scan"
)

// API is what is called of S3.
type API interface {
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Source is the objects of a bucket whose keys begin alike.
type Source struct {
	api            API
	bucket, prefix string
	region         string // of the bucket, once it is known to be another than the client's
}

var _ scan.Source = (*Source)(nil)

// Parse takes s3://bucket/prefix apart; ok is false for what is no such address.
func Parse(address string) (bucket, prefix string, ok bool) {
	rest, ok := strings.CutPrefix(address, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	return bucket, prefix, ok && bucket != ""
}

// New returns the objects of a bucket whose keys begin with prefix, as it stands.
func New(api API, bucket, prefix string) *Source {
	return &Source{api: api, bucket: bucket, prefix: prefix}
}

// Name implements scan.Source.
func (s *Source) Name() string { return s.address(s.prefix) }

func (s *Source) address(key string) string { return "s3://" + s.bucket + "/" + key }

// Files implements scan.Source. Where folders may be left out they are listed one by one,
// and otherwise all keys at once.
func (s *Source) Files(ctx context.Context, v scan.Visitor) error {
	_, all := v.Enter(s.address(s.prefix))
	return s.list(ctx, s.prefix, all, v)
}

func (s *Source) list(ctx context.Context, prefix string, all bool, v scan.Visitor) error {
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix}
	if !all {
		in.Delimiter = aws.String("/")
	}
	for {
		page, err := s.page(ctx, in)
		if err != nil {
			return fmt.Errorf("listing: %w", s.explained(err, "s3:ListBucket"))
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if strings.HasSuffix(key, "/") {
				continue // what consoles make of a folder
			}
			if err := v.File(scan.File{
				Name: s.address(key), Path: s.address(key), Size: aws.ToInt64(o.Size), Version: aws.ToString(o.ETag),
			}); err != nil {
				return err
			}
		}
		for _, folder := range page.CommonPrefixes {
			name := aws.ToString(folder.Prefix)
			enter, all := v.Enter(s.address(name))
			if !enter || len(name) <= len(prefix) {
				continue // the latter no S3 answers, and it would have no end
			}
			if err := s.list(ctx, name, all, v); err != nil {
				return err
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}

// page asks the bucket's own Region, once S3 has said which it is.
func (s *Source) page(ctx context.Context, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	out, err := s.api.ListObjectsV2(ctx, in, s.there)
	var answer *awshttp.ResponseError
	if s.region != "" || !errors.As(err, &answer) || answer.Response == nil {
		return out, err
	}
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
	region := answer.Response.Header.Get("X-Amz-Bucket-Region")
	code := answer.HTTPStatusCode()
	if region == "" || code != http.StatusMovedPermanently && code != http.StatusBadRequest {
		return out, err
	}
	s.region = region
	return s.api.ListObjectsV2(ctx, in, s.there)
}

func (s *Source) there(o *s3.Options) {
	if s.region != "" {
		o.Region = s.region
	}
}

// Open implements scan.Source.
func (s *Source) Open(ctx context.Context, f scan.File) (io.ReadCloser, error) {
	o := &object{ctx: ctx, source: s, key: strings.TrimPrefix(f.Path, s.address("")), version: f.Version, size: f.Size}
	if err := o.open(); err != nil {
		return nil, err
	}
	return o, nil
}

// resumptions is how often a transfer that breaks off is taken up again.
const resumptions = 3

// object is an object as it is transferred.
type object struct {
	ctx          context.Context
	source       *Source
	key, version string
	size, at     int64
	broken       int
	body         io.ReadCloser
}

func (o *object) open() error {
	in := &s3.GetObjectInput{Bucket: &o.source.bucket, Key: &o.key}
	if o.version != "" {
		in.IfMatch = &o.version // the object that was listed, and not one that took its place
	}
	if o.at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", o.at))
	}
	out, err := o.source.api.GetObject(o.ctx, in, o.source.there)
	if err != nil {
		return o.source.explained(err, "s3:GetObject")
	}
	o.body = out.Body
	return nil
}

// Read implements io.Reader. A transfer that breaks off goes on where it was.
func (o *object) Read(p []byte) (int, error) {
	n, err := o.body.Read(p)
	o.at += int64(n)
	switch {
	case err == nil, o.ctx.Err() != nil, errors.Is(err, io.EOF) && o.at >= o.size:
		return n, err
	case o.broken >= resumptions || o.at >= o.size:
		return n, fmt.Errorf("the transfer broke off after %d of %d bytes: %w", o.at, o.size, err)
	}
	o.broken++
	_ = o.body.Close()
	return n, o.open()
}

// Close implements io.Closer.
func (o *object) Close() error { return o.body.Close() }

// explained says what an error of S3 means for whoever scans.
func (s *Source) explained(err error, permission string) error {
	var archived *types.InvalidObjectState
	var said smithy.APIError
	switch {
	case errors.As(err, &archived):
		return fmt.Errorf("archived in %s: restore it first", archived.StorageClass)
	case !errors.As(err, &said):
		return err
	}
	switch said.ErrorCode() {
	case "AccessDenied":
		return fmt.Errorf("these credentials lack %s on bucket %s, or kms:Decrypt on the key of its objects; AWS says: %s", permission, s.bucket, said.ErrorMessage())
	case "NoSuchBucket":
		return fmt.Errorf("there is no bucket %s", s.bucket)
	case "PreconditionFailed":
		return errors.New("it was replaced while it was read: scan again")
	}
	return fmt.Errorf("%s: %s", said.ErrorCode(), said.ErrorMessage())
}
