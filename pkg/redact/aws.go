package redact

import "strings"

// set is a list of words as a set.
func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

// agents are the words of user agents by which AWS's own consoles and services are known.
//
//nolint:gochecknoglobals // a fixed list, made once
var agents = set(`aws internal S3Console Console cloudfront CloudFront amazonaws`)

// userAgent keeps them, and no others.
func userAgent(x *text, s string) string {
	if s == "AWS Internal" || s == "Amazon CloudFront" {
		return s
	}
	return words(x, s, func(w string) string {
		if agents[w] {
			x.own(w)
			return w
		}
		return x.word(w)
	})
}

// specials are what AWS writes where it shows no name.
func specials() []string {
	return []string{
		"*", "AWS Internal", "HIDDEN_DUE_TO_SECURITY_REASONS", "anonymous", "ANONYMOUS", "ANONYMOUS_PRINCIPAL", "Unsigned", "none",
		"REDACTED", "Amazon CloudFront",
		"65a011a29cdf8ec533ec3d1ccaae921c", // the anonymous user as an object's owner "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
	}
}

// vocabulary is every word of the sentences in which AWS refuses a request. A word that
// is missing here is replaced, which nobody is hurt by.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
//
//nolint:gochecknoglobals // a fixed list, made once
var vocabulary = set(`
		a access account acl acls are action actions allow allowed allows an and any arn as assumed associated authentication authorization authorized aws
		be because been blocked blockpublicacls blockpublicpolicy boundary bucket by
		call cannot ciphertext client code context control could credentials customer
		delete denied deny denies disabled do does due enabled encryption endpoint error exist exists expired explicit
		file for forbidden from getobject grant granted grants has have id iam identity identity-based if in invalid is it its
		key keys kms list listbucket lock locked longer management master mfa must
		no not null object objects occurred on only operation or organization
		pending perform permission permissions permissionsboundary policies policy prefix prevented principal protected provided public
		read refers region request requested requester requests resource resources retention role
		s3 server service services session sessions setting settings side specified specify state status such
		that the this through to token transitively trust
		unable upload use used user version vpc was when which with write you your been 400 401 403 404 405
		based linked throttling rate exceeded timeout timed out retry later`)

// enumerated are the values of settings, headers and parameters that AWS gives to choose
// from.
func enumerated(s string) bool { return values[s] }

//nolint:gochecknoglobals // a fixed list, made once
var values = set(`
		private public-read public-read-write aws-exec-read authenticated-read bucket-owner-read bucket-owner-full-control log-delivery-write
		AES256 aws:kms aws:kms:dsse aws:fsx NONE SSE-C SSE-S3 SSE-KMS true false Enabled Disabled Suspended ON OFF GOVERNANCE COMPLIANCE
		STANDARD STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER DEEP_ARCHIVE GLACIER_IR REDUCED_REDUNDANCY OUTPOSTS EXPRESS_ONEZONE
		requester Requester BucketOwner BucketOwnerEnforced BucketOwnerPreferred ObjectWriter
		READ WRITE READ_ACP WRITE_ACP FULL_CONTROL READWRITE ReadOnly ReadWrite CanonicalUser Group AmazonCustomerByEmail
		SigV2 SigV4 SigV4A AuthHeader QueryString AWS4-HMAC-SHA256 AWS-HMAC-SHA256 REST-HEADER REST-QUERY-STRING POST
		TLSv1 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3 1.0 1.1 1.2 1.3 VPC Internet url COPY REPLACE
		Account User AssumedRole FederatedUser Anonymous Service AWS::Lambda::Function
		AmazonProvided SYMMETRIC_DEFAULT RSAES_OAEP_SHA_256 Decrypt Encrypt GenerateDataKey`)

// plainField reports whether a field of a record has a value of AWS's own.
func plainField(name string) bool { return recordFields[name] }

//nolint:gochecknoglobals // a fixed list, made once
var recordFields = set(`
		eventVersion eventTime eventSource eventName awsRegion errorCode eventType eventCategory managementEvent readOnly apiVersion
		type creationDate mfaAuthenticated SignatureVersion CipherSuite AuthenticationMethod tlsVersion cipherSuite httpStatusCode
		version time region detail-type source issuerType ec2RoleDelivery encryptionAlgorithm xsi:type xmlns:xsi xmlns Permission
		versioning acl policy location tagging list-type encoding-type max-keys partNumber X-Amz-Algorithm X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders
		x-amz-acl x-amz-server-side-encryption x-amz-server-side-encryption-customer-algorithm x-amz-storage-class x-amz-request-payer
		x-amz-object-lock-mode x-amz-object-lock-retain-until-date x-amz-object-lock-legal-hold x-amz-bypass-governance-retention
		x-amz-metadata-directive x-amz-tagging-directive x-amz-create-session-mode x-amz-object-ownership x-amz-server-side-encryption-bucket-key-enabled
		permission privilege bucketOwnership`)

// closedKey reports whether the values of a condition key are AWS's to choose from, or
// numbers and times.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func closedKey(name string) bool { return closedKeys[strings.ToLower(name)] }

//nolint:gochecknoglobals // a fixed list, made once
var closedKeys = set(strings.ToLower(`
		aws:SecureTransport aws:MultiFactorAuthPresent aws:MultiFactorAuthAge aws:ViaAWSService aws:PrincipalIsAWSService aws:CurrentTime aws:EpochTime
		aws:TokenIssueTime aws:RequestedRegion aws:PrincipalType aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:PrincipalServiceName
		aws:PrincipalServiceNamesList s3:x-amz-request-payer s3:x-amz-bypass-governance-retention ec2:RoleDelivery
		s3:authType s3:signatureversion s3:signatureAge s3:TlsVersion s3:x-amz-acl s3:x-amz-server-side-encryption s3:max-keys s3:LocationConstraint
		s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class s3:x-amz-metadata-directive s3:x-amz-object-ownership
		s3:object-lock-mode s3:object-lock-legal-hold s3:object-lock-retain-until-date s3:object-lock-remaining-retention-days s3:AccessPointNetworkOrigin
		s3:if-match s3:if-none-match s3:ObjectCreationOperation s3express:SessionMode s3express:authType s3express:signatureversion s3express:signatureAge s3express:TlsVersion
		kms:ViaService kms:GrantIsForAWSResource kms:EncryptionAlgorithm kms:GrantOperations kms:KeySpec kms:KeyUsage kms:KeyOrigin`))
