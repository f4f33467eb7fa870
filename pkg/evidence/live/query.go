package live

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// query makes one call of AWS's Query protocol and decodes its XML. It is for EC2,
// whose client is larger than all else together, and of which one call is needed.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
func (a *attempt) query(service, signingName string, form url.Values, into any) error {
	cfg := a.config(a.account, a.region)
	retryer := cfg.Retryer()
	for attempt := 1; ; attempt++ {
		err := a.queryOnce(cfg, service, signingName, form, into)
		if err == nil || attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return err
		}
		delay, failed := retryer.RetryDelay(attempt, err)
		if failed != nil {
			return err
		}
		select {
		case <-time.After(delay):
		case <-a.Done():
			return fmt.Errorf("waiting to ask %s again: %w", service, a.Err())
		}
	}
}

func (a *attempt) queryOnce(cfg aws.Config, service, signingName string, form url.Values, into any) error {
	credentials, err := cfg.Credentials.Retrieve(a)
	if err != nil {
		return fmt.Errorf("getting credentials for %s: %w", service, err)
	}
	if err := a.accounts.limits.wait(a, service, a.account); err != nil {
		return err
	}
	count(a, service, form.Get("Action"))
	endpoint := "https://" + signingName + "." + cfg.Region + "." + a.accounts.dnsSuffix() + "/"
	if cfg.BaseEndpoint != nil {
		endpoint = strings.TrimSuffix(*cfg.BaseEndpoint, "/") + "/"
	}
	body := form.Encode()
	req, err := http.NewRequestWithContext(a, http.MethodPost, endpoint, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("calling %s: %w", service, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(a, credentials, req, hex.EncodeToString(sum[:]), signingName, cfg.Region, time.Now()); err != nil {
		return fmt.Errorf("signing a call to %s: %w", service, err)
	}
	return a.send(cfg, req, service, into)
}

func (a *attempt) send(cfg aws.Config, req *http.Request, service string, into any) error {
	client := cfg.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	resp, err := client.Do(req)
	if err != nil {
		return &smithyhttp.RequestSendError{Err: fmt.Errorf("calling %s: %w", service, err)}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", service, err)
	}
	if resp.StatusCode != http.StatusOK {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp}, Err: queryError(resp.StatusCode, answer)}
	}
	if err := xml.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", service, err)
	}
	return nil
}

// queryError reads the error of an answer.
func queryError(status int, answer []byte) error {
	var e struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	fault := smithy.FaultClient
	if status >= http.StatusInternalServerError {
		fault = smithy.FaultServer
	}
	if xml.Unmarshal(answer, &e) != nil || e.Code == "" {
		e.Code = http.StatusText(status)
	}
	return &smithy.GenericAPIError{Code: e.Code, Message: e.Message, Fault: fault}
}

// dnsSuffix is the domain of AWS's endpoints in the partition.
//
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func (a *accounts) dnsSuffix() string {
	if a.Partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
