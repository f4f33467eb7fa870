package live

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"why403/pkg/evidence"
)

// outcome turns what a call returned into a Read. AWS's codes for "there is none" are
// given.
func outcome[T any](a *attempt, v T, err error, absent ...string) evidence.Read[T] {
	if err == nil {
		return evidence.Known(v)
	}
	if code := codeOf(err); slices.Contains(absent, code) {
		return evidence.Absent[T](code)
	}
	text, transient := why(err)
	if transient {
		a.transient.Store(true)
	}
	return evidence.Unreadable[T](text)
}

// unreadable is the Read of what an error kept from being read.
func unreadable[T any](a *attempt, err error) evidence.Read[T] {
	var none T
	return outcome(a, none, err)
}

// codeOf returns AWS's error code; of an answer without a body its HTTP status.
func codeOf(err error) string {
	if _, ok := isAccess(err); ok {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// why says in a few words why a call failed, and whether it may pass soon.
func why(err error) (text string, transient bool) {
	if a, ok := isAccess(err); ok {
		return a.text, a.transient
	}
	var api smithy.APIError
	var full *ratelimit.QuotaExceededError
	var network net.Error
	var unsent *smithyhttp.RequestSendError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", true
	case errors.Is(err, context.Canceled):
		return "interrupted", true
	case throttled(err), errors.As(err, &full):
		return "throttled", true
	case errors.As(err, &api):
		text, transient = api.ErrorCode(), api.ErrorFault() == smithy.FaultServer || slices.Contains(expired(), api.ErrorCode())
		if m := api.ErrorMessage(); m != "" && m != text {
			text += ": " + m
		}
		return text, transient
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time", true
	case errors.As(err, &unsent):
		return "no connection: " + innermost(unsent).Error(), true
	}
	return err.Error(), true
}

// expired are AWS's codes for credentials that ended in between.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func expired() []string {
	return []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
}

func throttled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err).Bool()
}

// elsewhere returns the region that a bucket is in, of an answer that says it is not
// where it was asked for.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/Redirects.html
func elsewhere(err error) string {
	var r *smithyhttp.ResponseError
	if !errors.As(err, &r) || r.Response == nil {
		return ""
	}
	switch r.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest:
		return r.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}

// innermost returns the error at the end of a chain.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
