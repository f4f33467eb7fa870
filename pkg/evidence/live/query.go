package live

import (
	"cmp"
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
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// call is a call on a service whose client is not linked: of EC2, whose client is larger
// than all else together, and of CloudFront one call each is needed.
type call struct {
	service, signingName, operation string
	host                            string // without the domain of the partition
	method, path                    string
	query, form                     url.Values
}

// ask makes a call, again where that may help, and decodes its XML.
func (a *attempt) ask(c call, into any) error {
	cfg := a.config(a.account, a.region)
	retryer := cfg.Retryer()
	for attempt := 1; ; attempt++ {
		err := a.askOnce(cfg, c, into)
		if err == nil || attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return err
		}
		delay, failed := retryer.RetryDelay(attempt, err)
		if failed != nil {
			return err
		}
		if err := smithytime.SleepWithContext(a, delay); err != nil {
			return fmt.Errorf("waiting to ask %s again: %w", c.service, err)
		}
	}
}

func (a *attempt) askOnce(cfg aws.Config, c call, into any) error {
	credentials, err := cfg.Credentials.Retrieve(a)
	if err != nil {
		return fmt.Errorf("getting credentials for %s: %w", c.service, err)
	}
	if err := a.accounts.limits.wait(a, c.service, a.account); err != nil {
		return err
	}
	count(a, c.service, c.operation)
	endpoint := "https://" + c.host + "." + a.accounts.dnsSuffix()
	if cfg.BaseEndpoint != nil {
		endpoint = strings.TrimSuffix(*cfg.BaseEndpoint, "/")
	}
	body := c.form.Encode()
	req, err := http.NewRequestWithContext(a, c.method, endpoint+c.path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("calling %s: %w", c.service, err)
	}
	req.URL.RawQuery = c.query.Encode()
	if len(c.form) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(a, credentials, req, hex.EncodeToString(sum[:]), c.signingName, cfg.Region, time.Now()); err != nil {
		return fmt.Errorf("signing a call to %s: %w", c.service, err)
	}
	return a.send(cfg, req, c.service, into)
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

// queryError reads the error of an answer: EC2 lists errors, CloudFront has one.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/CommonErrors.html
func queryError(status int, answer []byte) error {
	var e struct {
		Several struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
		} `xml:"Errors>Error"`
		One struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
		} `xml:"Error"`
	}
	fault := smithy.FaultClient
	if status >= http.StatusInternalServerError {
		fault = smithy.FaultServer
	}
	_ = xml.Unmarshal(answer, &e) // what is no XML has no code, and the status says enough
	code := cmp.Or(e.Several.Code, e.One.Code, http.StatusText(status))
	message := cmp.Or(e.Several.Message, e.One.Message)
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: fault}
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
