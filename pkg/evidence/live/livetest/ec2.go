package livetest

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"

	"why403/pkg/evidence"
)

// ec2 answers DescribeVpcEndpoints, which comes as an HTTP request.
type ec2 struct{ *Cloud }

type xmlEndpoint struct {
	Type   string `xml:"vpcEndpointType,omitempty"`
	VPC    string `xml:"vpcId,omitempty"`
	Owner  string `xml:"ownerId,omitempty"`
	Policy string `xml:"policyDocument,omitempty"`
}

// Do implements aws.HTTPClient.
func (e ec2) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(req.URL.Host, "cloudfront.") {
		return e.cloudFront(req)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	call := Call{Account: signer(req.Header.Get("Authorization")), Region: strings.Split(req.URL.Host, ".")[1], Operation: "EC2." + form.Get("Action"), Input: form}
	out, err := e.do(req.Context(), call)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if err != nil {
		return answered(http.StatusBadRequest, errorXML(err)), nil
	}
	v, _ := out.(evidence.VPCEndpoint)
	text, err := xml.Marshal(struct {
		XMLName struct{}      `xml:"DescribeVpcEndpointsResponse"`
		Items   []xmlEndpoint `xml:"vpcEndpointSet>item"`
	}{Items: []xmlEndpoint{{v.VPCEndpointType, v.VPCID, cmp.Or(v.OwnerID, call.Account), string(v.PolicyDocument)}}})
	return answered(http.StatusOK, string(text)), err
}

func answered(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func (c *Cloud) endpoint(call Call) (any, error) {
	form, ok := call.Input.(url.Values)
	if !ok {
		return nil, nil
	}
	return value(c.Evidence.VPCEndpoints[form.Get("VpcEndpointId.1")], "InvalidVpcEndpointId.NotFound")
}

// errorXML is an error as EC2 returns it.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func errorXML(err error) string {
	code, message := "InternalError", err.Error()
	if api := smithy.APIError(nil); errors.As(err, &api) {
		code, message = api.ErrorCode(), api.ErrorMessage()
	}
	var text bytes.Buffer
	if err := xml.EscapeText(&text, []byte(message)); err != nil {
		panic(err)
	}
	return "<Response><Errors><Error><Code>" + code + "</Code><Message>" + text.String() + "</Message></Error></Errors></Response>"
}
