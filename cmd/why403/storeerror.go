package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
)

// explained says what an error of AWS means for whoever reads a table of findings, and
// what to do: not the SDK's account of it. Others are returned as they are.
func (s *source) explained(err error) error {
	if of := s.ofAWS(err); of != nil {
		return of
	}
	return err
}

// ofAWS is what an error of AWS means; nil if it is none.
func (s *source) ofAWS(err error) error {
	call := lastCall(err)
	if s.table == "" || call == nil {
		return nil
	}
	var said smithy.APIError
	if errors.As(err, &said) {
		return errors.New(s.answer(call, said))
	}
	var dns *net.DNSError
	var signIn *ssocreds.InvalidTokenError
	text := err.Error()
	switch {
	case errors.As(err, &signIn), strings.Contains(text, "token has expired"), strings.Contains(text, "SSO token"):
		return errors.New("the AWS sign-in has expired, or was never made: run 'aws sso login' for this profile")
	case errors.As(err, &dns):
		return fmt.Errorf("there is no %s at %s: is %s an AWS Region, and is there a network?", call.Service(), dns.Name, s.region)
	case strings.Contains(text, "get credentials"), strings.Contains(text, "refresh cached credentials"):
		return errors.New("there are no AWS credentials: sign in (aws sso login, aws configure), or choose a profile with --profile")
	}
	var network net.Error
	if errors.As(err, &network) {
		return fmt.Errorf("%s in %s does not answer: %w", call.Service(), s.region, network)
	}
	return fmt.Errorf("table %s in %s: %w", s.table, s.region, innermost(err))
}

// lastCall is the call that failed: of a call that needed credentials first, that for them.
func lastCall(err error) *smithy.OperationError {
	var last *smithy.OperationError
	for {
		var call *smithy.OperationError
		if !errors.As(err, &call) {
			return last
		}
		last, err = call, call.Err
	}
}

// answer puts an answer of AWS in words.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
func (s *source) answer(call *smithy.OperationError, said smithy.APIError) string {
	at := fmt.Sprintf("table %s in %s", s.table, s.region)
	switch said.ErrorCode() {
	case "AccessDeniedException", "AccessDenied":
		switch {
		case call.Service() == dynamodb.ServiceID:
		case call.Operation() == "GetCallerIdentity":
			return "these credentials may not call sts:GetCallerIdentity: say who you are with --by"
		default: // the profile takes its credentials from elsewhere
			return fmt.Sprintf("the AWS profile gets no credentials: %s:%s. AWS says: %s", strings.ToLower(call.Service()), call.Operation(), said.ErrorMessage())
		}
		where := "the table"
		if call.Operation() == "Query" {
			where = "the table and on its indexes (table/NAME and table/NAME/index/*)"
		}
		return fmt.Sprintf("%s: these credentials lack dynamodb:%s on %s. AWS says: %s", at, call.Operation(), where, said.ErrorMessage())
	case "ResourceNotFoundException", "TableNotFoundException":
		return fmt.Sprintf("there is no table %s in %s in the account of these credentials: its name is the stack's output FindingsTableName; --region and --profile say where it is", s.table, s.region)
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		return "the AWS credentials have expired: sign in again (aws sso login), or get new ones"
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "MissingAuthenticationTokenException", "MissingAuthenticationToken":
		return "AWS does not know these credentials (" + said.ErrorCode() + "): are they of this partition, and the account not closed? --profile chooses others"
	case "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException":
		return "AWS does not accept the signature: is the secret key right, and the clock of this computer? AWS says: " + said.ErrorMessage()
	case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded":
		return at + " is busy: try again in a minute"
	case "ValidationException":
		if strings.Contains(said.ErrorMessage(), "index") || strings.Contains(said.ErrorMessage(), "schema") {
			return at + " is no table of findings: it has other keys or indexes"
		}
	}
	return fmt.Sprintf("%s: %s: %s: %s", at, call.Operation(), said.ErrorCode(), said.ErrorMessage())
}

// innermost is what an error is about, without who passed it on.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
