package trail

import "strings"

// Class is the class of an action: what a person would say the requester tried.
type Class string

// The classes of actions.
const (
	ClassList               Class = "list"
	ClassRead               Class = "read"
	ClassWrite              Class = "write"
	ClassDelete             Class = "delete"
	ClassReadConfiguration  Class = "read-configuration"
	ClassWriteConfiguration Class = "write-configuration"
)

// ClassOf returns the class of an IAM action. The actions of KMS count as what
// S3 needs them for.
func ClassOf(action string) Class {
	service, name, ok := strings.Cut(action, ":")
	if !ok {
		name = service
	}
	switch name {
	case "ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "ListMultipartUploadParts", "ListAllMyBuckets", "ListAllMyDirectoryBuckets":
		return ClassList
	case "GetObject", "GetObjectVersion", "GetObjectTorrent", "GetObjectAttributes", "GetObjectVersionAttributes",
		"GetObjectTagging", "GetObjectVersionTagging", "GetObjectRetention", "GetObjectLegalHold",
		"GetObjectAcl", "GetObjectVersionAcl", "Decrypt", "DescribeKey", "CreateSession", "GetDataAccess",
		"PreflightRequest":
		return ClassRead
	case "PutObject", "PutObjectAcl", "PutObjectVersionAcl", "PutObjectTagging", "PutObjectVersionTagging",
		"DeleteObjectTagging", "DeleteObjectVersionTagging", "PutObjectRetention", "PutObjectLegalHold",
		"RestoreObject", "AbortMultipartUpload", "UpdateObjectEncryption", "ReplicateObject", "ReplicateTags",
		"GenerateDataKey", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "WriteGetObjectResponse":
		return ClassWrite
	case "DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention", "ReplicateDelete":
		return ClassDelete
	}
	for _, verb := range []string{"Get", "List", "Describe", "Head"} {
		if strings.HasPrefix(name, verb) {
			return ClassReadConfiguration
		}
	}
	return ClassWriteConfiguration
}
