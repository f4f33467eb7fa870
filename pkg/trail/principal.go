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
	case isServicePrincipal(s):
		return evidence.Principal{Type: evidence.PrincipalService, Service: s}, nil
	}
	if p, ok := ofARN(s); ok {
		return p, nil
	}
	if _, ok := parseARN(s); ok {
		return evidence.Principal{}, fmt.Errorf("%q is not the ARN of a user, role, session or root", s)
	}
	return evidence.Principal{}, fmt.Errorf("%q is neither an IAM ARN, a service, an account id nor anonymous", s)
}

// isServicePrincipal reports whether s has the form of a service principal.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
func isServicePrincipal(s string) bool {
	service, ok := strings.CutSuffix(s, ".amazonaws.com")
	if !ok {
		service, ok = strings.CutSuffix(s, ".amazonaws.com.cn")
	}
	return ok && service != "" && strings.IndexByte(s, ' ') < 0
}
