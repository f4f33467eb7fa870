package trail

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
)

// ParsePrincipal reads how a person names a requester: the ARN of a user, role,
// role session, federated user or root, a service principal, an account id, or
// "anonymous".
func ParsePrincipal(s string) (evidence.Principal, error) {
	switch {
	case strings.EqualFold(s, "anonymous"):
		return evidence.Principal{Type: evidence.PrincipalAnonymous}, nil
	case isAccount(s):
		return evidence.Principal{Type: evidence.PrincipalAccount, Account: s}, nil
	case strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazonaws.com.cn"):
		return evidence.Principal{Type: evidence.PrincipalService, Service: s}, nil
	}
	a, ok := parseARN(s)
	if !ok {
		return evidence.Principal{}, fmt.Errorf("%q is neither an IAM ARN, a service, an account id nor anonymous", s)
	}
	p := evidence.Principal{Type: evidence.PrincipalAccount, Account: a.account}
	if a.service == "iam" && strings.HasPrefix(a.resource, "role/") {
		p.Type, p.ARN = evidence.PrincipalRole, s
		return p, nil
	}
	fromMessage(&p, Message{Principal: s})
	if p.ARN == "" {
		return evidence.Principal{}, fmt.Errorf("%q is not the ARN of a user, role, session or root", s)
	}
	return p, nil
}
