// Command echo is a Lambda function that does what its event says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Text string `json:"text"`
}

type response struct {
	Text      string `json:"text"`
	RequestID string `json:"request_id"`
	ARN       string `json:"arn"`
	LeftMS    int64  `json:"left_ms"`
}

func main() {
	if msg := os.Getenv("ECHO_FAIL_START"); msg != "" {
		fmt.Fprintln(os.Stderr, msg)
		os.Exit(2)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, raw json.RawMessage) (*response, error) {
	var ev event
	if err := json.Unmarshal(raw, &ev); err != nil {
		return nil, err
	}
	fmt.Println("got", ev.Do)
	res := &response{Text: ev.Text}
	switch ev.Do {
	case "echo":
	case "env":
		res.Text = os.Getenv(ev.Text)
	case "fail":
		return nil, errors.New(ev.Text)
	case "panic":
		panic(ev.Text)
	case "exit":
		fmt.Fprintln(os.Stderr, ev.Text)
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour) // select {} would be reported as a deadlock
	default:
		return nil, fmt.Errorf("unknown: %q", ev.Do)
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		res.RequestID, res.ARN = lc.AwsRequestID, lc.InvokedFunctionArn
	}
	if deadline, ok := ctx.Deadline(); ok {
		res.LeftMS = time.Until(deadline).Milliseconds()
	}
	return res, nil
}
