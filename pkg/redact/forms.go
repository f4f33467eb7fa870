package redact

import "regexp"

// The forms of what AWS writes, by the functions that use them.
var (
	form1  = regexp.MustCompile(`^(.*?)((?:--[a-z0-9-]+)?--(?:x|xa|op)-s3|--ol-s3|-s3alias|-ext-s3alias|\.mrap)$`)
	form2  = regexp.MustCompile(`^([A-Za-z0-9-]+:[A-Za-z0-9-]+|[*?$])$`)
	form3  = regexp.MustCompile(`arn:[^\s"',;]*[^\s"',;.:!]|\b(?:s3|kms|iam|sts|organizations|ec2|s3express|s3-object-lambda|s3-outposts|cloudfront):[A-Z][A-Za-z]+\b|\b(?:NoSuch|AccessDenied|Invalid|Malformed|Unauthorized|Throttl)[A-Za-z]*\b`)
	form4  = regexp.MustCompile(`^aws[a-z-]*$|^[*?]+$|^\$\{aws:[A-Za-z]+\}$`)
	form5  = regexp.MustCompile(`^(s3|s3express|s3-outposts|s3-object-lambda|s3tables|iam|sts|kms|organizations|cloudfront|ec2|lambda|logs|sns|sqs|cloudtrail|config|events|[*?]+)$`)
	form6  = regexp.MustCompile(`^([*?]*|(af|ap|ca|cn|eu|il|me|mx|sa|us|eusc|us-gov|us-iso[a-z]?|eu-iso[a-z]?)-([a-z]+-[0-9]+|[a-z]*\*|[a-z]+-\*)|eusc-de-east-[0-9])$`)
	form7  = regexp.MustCompile(`^(role|user|group|policy|instance-profile|mfa|saml-provider|oidc-provider|assumed-role|federated-user|key|alias|accesspoint|bucket|distribution|instance|vpc-endpoint|vpc|function|organization|account|ou|outpost|storage-lens|log-group|table|trail|\*)([/:*?].*)?$`)
	form8  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9:_.-]*$`)
	form9  = regexp.MustCompile(`^aws:[a-z0-9-]+:[A-Za-z0-9-]+$`)
	form10 = regexp.MustCompile(`^[A-Z][A-Za-z]+$|^KMS\.[A-Za-z]+$|^AWS:?:[A-Za-z0-9:]+$|^(TLS|ECDHE)[A-Z0-9_-]+$|^AWS (API Call|Service Event|Console [A-Z-]+) via [A-Za-z ]+$|^aws\.[a-z0-9]+$|^why403\.case/v1$|^http://www\.w3\.org/2001/XMLSchema-instance$|^http://s3\.amazonaws\.com/doc/2006-03-01/$`)
	form11 = regexp.MustCompile(`^(user|role|root|federated|account|anonymous|service|inline|managed|group|boundary|session|scp|rcp)$`)
	form12 = regexp.MustCompile(`^[A-Z][A-Za-z]*$|^KMS\.[A-Za-z]+$`)
	form13 = regexp.MustCompile(`^-?[0-9]{1,11}(\.[0-9]+)?$`)
	form14 = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+)?)?$|^[0-9]{8}T[0-9]{6}Z$`)
	form15 = regexp.MustCompile(`^[A-Za-z0-9*?-]+:[A-Za-z0-9*?]*$`)
	form16 = regexp.MustCompile(`^((?i:aws|s3|s3express|s3-outposts|s3-object-lambda|kms|iam|sts|ec2|lambda|glue|saml|cognito-identity\.amazonaws\.com|accounts\.google\.com|token\.actions\.githubusercontent\.com|www\.amazon\.com|graph\.facebook\.com)(?::[A-Za-z0-9-]+)+)(.*)$`)
	form17 = regexp.MustCompile(`^[a-z0-9*?-]+(\.[a-z0-9*?-]+)*\.amazonaws\.com(\.cn)?$`)
	form18 = regexp.MustCompile(`arn:aws[a-z-]*:(?:iam|organizations)::aws:policy/(?:[A-Za-z0-9_./-]*/)?([A-Za-z0-9_.-]+)`)
	hashes = regexp.MustCompile(`(why403-[A-Za-z0-9-]+)-[0-9a-f]{8}\b`)
)
