// Package doctor looks at a deployed stack, link by link from the trail to the inbox, and says
// which link is broken and what to do. It makes reads only.
package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Verdict is what is known of a link.
type Verdict string

// The verdicts. Weak works, without something that many want. Unknown is no verdict on the
// link: it could not be read, or not by whom it is read.
const (
	OK      Verdict = "ok"
	Broken  Verdict = "broken"
	Weak    Verdict = "weak"
	Unknown Verdict = "unknown"
)

// Link is one thing that has to be right for a denial to become an alert.
type Link struct {
	// Name is short and the same in every run: trail, rule DeniedRule, queue DeniedQueue.
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Found is what was seen, and Do what to do about it; Do is empty where nothing is to
	// be done.
	Found string `json:"found"`
	Do    string `json:"do,omitempty"`
}

// Report is all links, in the order in which a denial passes them.
type Report struct {
	Stack   string `json:"stack"`
	Account string `json:"account"`
	Region  string `json:"region"`
	Links   []Link `json:"links"`
}

// Broken reports whether a link is.
func (r Report) Broken() bool {
	for _, l := range r.Links {
		if l.Verdict == Broken {
			return true
		}
	}
	return false
}

// Options say what to look at.
type Options struct {
	// AWS has the Region of the stack, and credentials of its account that may read.
	AWS aws.Config
	// Stack is the name of the stack.
	Stack string
	// Bucket is the bucket whose objects the trail has to record; empty: any.
	Bucket string
}

// Examine looks at every link. The error says that there is nothing to look at: no
// credentials, or no such stack.
func Examine(ctx context.Context, o Options) (Report, error) {
	e := &examiner{
		o: o, formation: cloudformation.NewFromConfig(o.AWS), trails: cloudtrail.NewFromConfig(o.AWS), rules: eventbridge.NewFromConfig(o.AWS),
		queues: sqs.NewFromConfig(o.AWS), functions: lambda.NewFromConfig(o.AWS), tables: dynamodb.NewFromConfig(o.AWS),
		topics: sns.NewFromConfig(o.AWS), organizations: organizations.NewFromConfig(o.AWS), tokens: sts.NewFromConfig(o.AWS),
	}
	e.report = Report{Stack: o.Stack, Region: o.AWS.Region}
	me, err := e.tokens.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Report{}, fmt.Errorf("finding out whose credentials these are: %w", err)
	}
	e.report.Account = aws.ToString(me.Account)
	e.partition = partition(aws.ToString(me.Arn))
	e.add("credentials", OK, aws.ToString(me.Arn), "")
	if err := e.stack(ctx); err != nil {
		return Report{}, err
	}
	e.trail(ctx)
	e.path(ctx)
	e.table(ctx)
	e.inboxes(ctx)
	e.leftovers(ctx)
	e.readers(ctx)
	return e.report, nil
}

// examiner holds what one examination needs.
type examiner struct {
	o      Options
	report Report

	partition string
	resources map[string]string // physical ids by logical ones
	kinds     map[string]string // types by logical ids
	settings  map[string]string // the auditor's environment

	formation     *cloudformation.Client
	trails        *cloudtrail.Client
	rules         *eventbridge.Client
	queues        *sqs.Client
	functions     *lambda.Client
	tables        *dynamodb.Client
	topics        *sns.Client
	organizations *organizations.Client
	tokens        *sts.Client
}

func (e *examiner) add(name string, v Verdict, found, do string) {
	e.report.Links = append(e.report.Links, Link{Name: name, Verdict: v, Found: found, Do: do})
}

// unread notes a link that could not be read: a refusal says nothing about the link, anything
// else that it is not there.
func (e *examiner) unread(name string, err error, do string) {
	found := err.Error()
	var api smithy.APIError
	if errors.As(err, &api) {
		found = api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if refused(err) || !errors.As(err, &api) {
		e.add(name, Unknown, found, "Look again with credentials that may read this: the managed policy ReadOnlyAccess allows all that is read here.")
		return
	}
	e.add(name, Broken, found, do)
}

// refused reports whether AWS refused, was busy or broken: nothing is known then.
func refused(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	if api.ErrorFault() == smithy.FaultServer {
		return true
	}
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "UnauthorizedOperation", "ThrottlingException", "Throttling", "TooManyRequestsException":
		return true
	}
	return false
}
