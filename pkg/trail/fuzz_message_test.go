package trail

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// sampleMessages are the texts of the sample events' errors.
func sampleMessages(tb testing.TB) (texts []string) {
	tb.Helper()
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["errorMessage"].(string); ok {
				texts = append(texts, text)
			}
			for _, member := range v {
				collect(member)
			}
		case []any:
			for _, member := range v {
				collect(member)
			}
		}
	}
	for _, doc := range sampleEvents(tb) {
		var v any
		if json.Unmarshal(doc, &v) == nil {
			collect(v)
		}
	}
	if len(texts) == 0 {
		tb.Fatal("the sample events have no messages")
	}
	return texts
}

// FuzzParseMessage: what a message is said to say stands in it, fits together, and
// does not depend on what the requester chose.
func FuzzParseMessage(f *testing.F) {
	for _, text := range sampleMessages(f) {
		f.Add(text)
	}
	for _, test := range reasonCases {
		f.Add(s3Says + test.reason)
		f.Add(test.reason)
	}
	for _, key := range hostileKeys {
		f.Add(key)
	}
	for _, text := range corpus(f, "testdata/corpus/messages.tar.gz") {
		f.Add(text)
	}
	types := []PolicyType{IdentityBased, ResourceBased, SessionPolicy, ServiceControl, ResourceControl, VPCEndpointPolicy, PermissionsBoundary, RoleTrust}
	f.Fuzz(func(t *testing.T, text string) {
		m := ParseMessage(text)
		for _, part := range []string{m.Principal, m.Action, m.Resource, m.PolicyARN, m.AuthorizationID} {
			if !strings.Contains(text, part) {
				t.Errorf("%q does not stand in %q", part, text)
			}
		}
		for _, part := range []string{m.Principal, m.Action, m.PolicyARN, m.AuthorizationID} {
			if strings.ContainsAny(part, space) {
				t.Errorf("%q has white space: %q", part, text)
			}
		}
		for what, ok := range map[string]bool{
			"a policy type is AWS's":                           m.Policy == "" || slices.Contains(types, m.Policy),
			"that it went through is AWS's":                    m.Through == "" || slices.Contains(types, m.Through),
			"a policy type is what makes FormPolicy":           (m.Policy != "") == (m.Form == FormPolicy),
			"an ARN is of an explicit deny":                    m.PolicyARN == "" || m.Explicit && strings.HasPrefix(m.PolicyARN, "arn:"),
			"an explicit deny is a policy's":                   !m.Explicit || m.Form == FormPolicy || m.Form == FormDeny,
			"FormDeny is explicit":                             m.Form != FormDeny || m.Explicit,
			"only an explicit deny goes through another":       m.Through == "" || m.Explicit,
			"a requester comes with an action":                 (m.Principal != "") == (m.Action != ""),
			"a resource comes with an action":                  m.Resource == "" || m.Action != "",
			"a ciphertext has no name":                         !m.Ciphertext || m.Resource == "",
			"FormTruncated is truncated":                       m.Form != FormTruncated || m.Truncated,
			"what is truncated has no reason of a policy":      !m.Truncated || m.Policy == "" && !m.Explicit && m.PolicyARN == "",
			"what is as long as may be is truncated":           len(text) < maxMessage || m.Truncated || m.Form == FormNone,
			"only an empty text has no form":                   (m.Form == FormNone) == (strings.TrimSpace(text) == ""),
			"white space around a short text does not matter":  len(text) > 1000 || m == ParseMessage(" "+text+"\n"),
			"the case of the first word does not matter":       !strings.HasPrefix(text, "User:") || m == ParseMessage("USER:"+text[5:]),
			"a text of another form names no requester":        strings.HasPrefix(strings.ToLower(strings.TrimLeft(text, space)), "user:") || m.Principal == "",
			"the words of a key do not become those of AWS":    keyStaysKey(text),
			"what a cut leaves does not say more than it said": cutSaysNoMore(text, m),
		} {
			if !ok {
				t.Errorf("not so: %s\n%q\n%+v", what, text, m)
			}
		}
	})
}

func keyStaysKey(key string) bool {
	resource := "arn:aws:s3:::acme-data/" + key
	m := ParseMessage(`User: ` + userARN + ` is not authorized to perform: s3:GetObject on resource: "` + resource + `" with an explicit deny in a resource-based policy`)
	if m.Truncated {
		return len(key) > 700
	}
	return m == Message{Form: FormPolicy, Policy: ResourceBased, Explicit: true, Principal: userARN, Action: "s3:GetObject", Resource: resource}
}

func cutSaysNoMore(text string, whole Message) bool {
	if len(text) < maxMessage {
		return true
	}
	cut := ParseMessage(text[:maxMessage])
	return cut.Form == whole.Form || cut.Form == FormTruncated || cut.Form == FormNone
}
