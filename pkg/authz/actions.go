package authz

import "strings"

// onNoResource reports whether an action, in lower case, has no resource type: its
// resource is written "*". With any other action "*" names nothing.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func onNoResource(action string) bool {
	switch action {
	case "s3:createjob", "s3:createstoragelensgroup", "s3:getaccesspoint", "s3:getaccountpublicaccessblock",
		"s3:listaccessgrantsinstances", "s3:listaccesspoints", "s3:listaccesspointsforobjectlambda", "s3:listallmybuckets",
		"s3:listjobs", "s3:listmultiregionaccesspoints", "s3:liststoragelensconfigurations", "s3:liststoragelensgroups",
		"s3:putaccesspointpublicaccessblock", "s3:putaccountpublicaccessblock", "s3:putstoragelensconfiguration",
		"s3express:listaccesspointsfordirectorybuckets", "s3express:listallmydirectorybuckets",
		"kms:createkey", "kms:generaterandom", "kms:listaliases", "kms:listkeys":
		return true
	}
	return false
}

// hasSuffixFold is strings.HasSuffix without regard to case.
func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// hasPrefixFold is strings.HasPrefix without regard to case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
