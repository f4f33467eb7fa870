package trail

// The rows of the operations table: what S3 authorizes for each call, by the name
// that CloudTrail records, which often differs from the name of the API.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
func bucketOperation(name string) (operation, bool) {
	switch name {
	case "CreateBucket":
		return operation{action: "s3:CreateBucket", adds: addToBucket}, true
	case "CreateBucketMetadataConfiguration":
		return operation{action: "s3:CreateBucketMetadataTableConfiguration", also: []string{"s3tables:CreateTableBucket", "s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:GetTable", "s3tables:PutTablePolicy", "s3tables:PutTableEncryption", "kms:DescribeKey"}}, true
	case "CreateBucketMetadataTableConfiguration":
		return operation{action: "s3:CreateBucketMetadataTableConfiguration", also: []string{"s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:GetTable", "s3tables:PutTablePolicy"}}, true
	case "DeleteBucket":
		return operation{action: "s3:DeleteBucket"}, true
	case "DeleteBucketAnalyticsConfiguration":
		return operation{action: "s3:PutAnalyticsConfiguration"}, true
	case "DeleteBucketCors":
		return operation{action: "s3:PutBucketCORS"}, true
	case "DeleteBucketEncryption":
		return operation{action: "s3:PutEncryptionConfiguration"}, true
	case "DeleteBucketIntelligentTieringConfiguration":
		return operation{action: "s3:PutIntelligentTieringConfiguration"}, true
	case "DeleteBucketInventoryConfiguration":
		return operation{action: "s3:PutInventoryConfiguration"}, true
	case "DeleteBucketLifecycle":
		return operation{action: "s3:PutLifecycleConfiguration"}, true
	case "DeleteBucketMetadataConfiguration":
		return operation{action: "s3:DeleteBucketMetadataTableConfiguration"}, true
	case "DeleteBucketMetadataTableConfiguration":
		return operation{action: "s3:DeleteBucketMetadataTableConfiguration"}, true
	case "DeleteBucketMetricsConfiguration":
		return operation{action: "s3:PutMetricsConfiguration"}, true
	case "DeleteBucketOwnershipControls":
		return operation{action: "s3:PutBucketOwnershipControls"}, true
	case "DeleteBucketPolicy":
		return operation{action: "s3:DeleteBucketPolicy"}, true
	case "DeleteBucketPublicAccessBlock", "DeletePublicAccessBlock":
		return operation{action: "s3:PutBucketPublicAccessBlock"}, true
	case "DeleteBucketReplication":
		return operation{action: "s3:PutReplicationConfiguration"}, true
	case "DeleteBucketTagging":
		return operation{action: "s3:PutBucketTagging"}, true
	case "DeleteBucketWebsite":
		return operation{action: "s3:DeleteBucketWebsite"}, true
	case "GetAccelerateConfiguration":
		return operation{action: "s3:GetAccelerateConfiguration"}, true
	case "GetBucketAccelerateConfiguration":
		return operation{action: "s3:GetAccelerateConfiguration"}, true
	case "GetBucketAcl":
		return operation{action: "s3:GetBucketAcl"}, true
	case "GetBucketAnalyticsConfiguration":
		return operation{action: "s3:GetAnalyticsConfiguration"}, true
	case "GetBucketCors":
		return operation{action: "s3:GetBucketCORS"}, true
	case "GetBucketEncryption":
		return operation{action: "s3:GetEncryptionConfiguration"}, true
	case "GetBucketIntelligentTieringConfiguration":
		return operation{action: "s3:GetIntelligentTieringConfiguration"}, true
	case "GetBucketInventoryConfiguration":
		return operation{action: "s3:GetInventoryConfiguration"}, true
	case "GetBucketLifecycle", "GetBucketLifecycleConfiguration":
		return operation{action: "s3:GetLifecycleConfiguration"}, true
	case "GetBucketLocation":
		return operation{action: "s3:GetBucketLocation"}, true
	case "GetBucketLogging":
		return operation{action: "s3:GetBucketLogging"}, true
	case "GetBucketMetadataConfiguration":
		return operation{action: "s3:GetBucketMetadataTableConfiguration"}, true
	case "GetBucketMetadataTableConfiguration":
		return operation{action: "s3:GetBucketMetadataTableConfiguration"}, true
	case "GetBucketMetricsConfiguration":
		return operation{action: "s3:GetMetricsConfiguration"}, true
	case "GetBucketNotification":
		return operation{action: "s3:GetBucketNotification"}, true
	case "GetBucketNotificationConfiguration":
		return operation{action: "s3:GetBucketNotification"}, true
	case "GetBucketObjectLockConfiguration":
		return operation{action: "s3:GetBucketObjectLockConfiguration"}, true
	case "GetBucketOwnershipControls":
		return operation{action: "s3:GetBucketOwnershipControls"}, true
	case "GetBucketPolicy":
		return operation{action: "s3:GetBucketPolicy"}, true
	case "GetBucketPolicyStatus":
		return operation{action: "s3:GetBucketPolicyStatus"}, true
	case "GetBucketPublicAccessBlock", "GetPublicAccessBlock":
		return operation{action: "s3:GetBucketPublicAccessBlock"}, true
	case "GetBucketReplication":
		return operation{action: "s3:GetReplicationConfiguration"}, true
	case "GetBucketRequestPayment":
		return operation{action: "s3:GetBucketRequestPayment"}, true
	case "GetBucketTagging":
		return operation{action: "s3:GetBucketTagging"}, true
	case "GetBucketVersioning":
		return operation{action: "s3:GetBucketVersioning"}, true
	case "GetBucketWebsite":
		return operation{action: "s3:GetBucketWebsite"}, true
	case "GetObjectLockConfiguration":
		return operation{action: "s3:GetBucketObjectLockConfiguration"}, true
	case "HeadBucket":
		return operation{action: "s3:ListBucket"}, true
	case "ListBucketAnalyticsConfigurations":
		return operation{action: "s3:GetAnalyticsConfiguration"}, true
	case "ListBucketIntelligentTieringConfigurations":
		return operation{action: "s3:GetIntelligentTieringConfiguration"}, true
	case "ListBucketInventoryConfigurations":
		return operation{action: "s3:GetInventoryConfiguration"}, true
	case "ListBucketMetricsConfigurations":
		return operation{action: "s3:GetMetricsConfiguration"}, true
	case "ListMultipartUploads":
		return operation{action: "s3:ListBucketMultipartUploads"}, true
	case "ListObjectVersions":
		return operation{action: "s3:ListBucketVersions"}, true
	case "ListObjects", "ListObjectsV2":
		return operation{action: "s3:ListBucket"}, true
	case "PutAccelerateConfiguration":
		return operation{action: "s3:PutAccelerateConfiguration"}, true
	case "PutBucketAccelerateConfiguration":
		return operation{action: "s3:PutAccelerateConfiguration"}, true
	case "PutBucketAcl":
		return operation{action: "s3:PutBucketAcl"}, true
	case "PutBucketAnalyticsConfiguration":
		return operation{action: "s3:PutAnalyticsConfiguration"}, true
	case "PutBucketCors":
		return operation{action: "s3:PutBucketCORS"}, true
	case "PutBucketEncryption":
		return operation{action: "s3:PutEncryptionConfiguration"}, true
	case "PutBucketIntelligentTieringConfiguration":
		return operation{action: "s3:PutIntelligentTieringConfiguration"}, true
	case "PutBucketInventoryConfiguration":
		return operation{action: "s3:PutInventoryConfiguration"}, true
	case "PutBucketLifecycle", "PutBucketLifecycleConfiguration":
		return operation{action: "s3:PutLifecycleConfiguration"}, true
	case "PutBucketLogging":
		return operation{action: "s3:PutBucketLogging"}, true
	case "PutBucketMetricsConfiguration":
		return operation{action: "s3:PutMetricsConfiguration"}, true
	case "PutBucketNotification":
		return operation{action: "s3:PutBucketNotification"}, true
	case "PutBucketNotificationConfiguration":
		return operation{action: "s3:PutBucketNotification"}, true
	case "PutBucketObjectLockConfiguration":
		return operation{action: "s3:PutBucketObjectLockConfiguration"}, true
	case "PutBucketOwnershipControls":
		return operation{action: "s3:PutBucketOwnershipControls"}, true
	case "PutBucketPolicy":
		return operation{action: "s3:PutBucketPolicy"}, true
	case "PutBucketPublicAccessBlock", "PutPublicAccessBlock":
		return operation{action: "s3:PutBucketPublicAccessBlock"}, true
	case "PutBucketReplication":
		return operation{action: "s3:PutReplicationConfiguration"}, true
	case "PutBucketRequestPayment":
		return operation{action: "s3:PutBucketRequestPayment"}, true
	case "PutBucketTagging":
		return operation{action: "s3:PutBucketTagging"}, true
	case "PutBucketVersioning":
		return operation{action: "s3:PutBucketVersioning"}, true
	case "PutBucketWebsite":
		return operation{action: "s3:PutBucketWebsite"}, true
	case "PutObjectLockConfiguration":
		return operation{action: "s3:PutBucketObjectLockConfiguration"}, true
	case "UpdateBucketMetadataInventoryTableConfiguration":
		return operation{action: "s3:UpdateBucketMetadataInventoryTableConfiguration", also: []string{"s3tables:CreateTableBucket", "s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:GetTable", "s3tables:PutTablePolicy", "s3tables:PutTableEncryption", "kms:DescribeKey"}}, true
	case "UpdateBucketMetadataJournalTableConfiguration":
		return operation{action: "s3:UpdateBucketMetadataJournalTableConfiguration"}, true
	}
	return operation{}, false
}

// controlOperations are the calls of S3 Control: account, access points, jobs,
// Storage Lens and Access Grants.
func controlOperation(name string) (operation, bool) {
	switch name {
	case "CreateJob":
		return operation{on: onAccount, action: "s3:CreateJob"}, true
	case "CreateStorageLensGroup":
		return operation{on: onAccount, action: "s3:CreateStorageLensGroup"}, true
	case "DeleteAccountPublicAccessBlock":
		return operation{on: onAccount, action: "s3:PutAccountPublicAccessBlock"}, true
	case "GetAccessPoint":
		return operation{on: onAccount, action: "s3:GetAccessPoint"}, true
	case "GetAccountPublicAccessBlock":
		return operation{on: onAccount, action: "s3:GetAccountPublicAccessBlock"}, true
	case "ListAccessPoints":
		return operation{on: onAccount, action: "s3:ListAccessPoints"}, true
	case "ListAccessPointsForObjectLambda":
		return operation{on: onAccount, action: "s3:ListAccessPointsForObjectLambda"}, true
	case "ListBuckets":
		return operation{on: onAccount, action: "s3:ListAllMyBuckets"}, true
	case "ListJobs":
		return operation{on: onAccount, action: "s3:ListJobs"}, true
	case "ListMultiRegionAccessPoints":
		return operation{on: onAccount, action: "s3:ListMultiRegionAccessPoints"}, true
	case "ListStorageLensConfigurations":
		return operation{on: onAccount, action: "s3:ListStorageLensConfigurations"}, true
	case "PutAccountPublicAccessBlock":
		return operation{on: onAccount, action: "s3:PutAccountPublicAccessBlock"}, true
	case "PutStorageLensConfiguration":
		return operation{on: onAccount, action: "s3:PutStorageLensConfiguration"}, true
	case "CreateAccessPoint":
		return operation{on: onAccessPoint, action: "s3:CreateAccessPoint"}, true
	case "DeleteAccessPoint":
		return operation{on: onAccessPoint, action: "s3:DeleteAccessPoint"}, true
	case "DeleteAccessPointPolicy":
		return operation{on: onAccessPoint, action: "s3:DeleteAccessPointPolicy"}, true
	case "GetAccessPointPolicy":
		return operation{on: onAccessPoint, action: "s3:GetAccessPointPolicy"}, true
	case "GetAccessPointPolicyStatus":
		return operation{on: onAccessPoint, action: "s3:GetAccessPointPolicyStatus"}, true
	case "PutAccessPointPolicy":
		return operation{on: onAccessPoint, action: "s3:PutAccessPointPolicy"}, true
	case "CreateAccessPointForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:CreateAccessPointForObjectLambda"}, true
	case "DeleteAccessPointForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:DeleteAccessPointForObjectLambda"}, true
	case "DeleteAccessPointPolicyForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:DeleteAccessPointPolicyForObjectLambda"}, true
	case "GetAccessPointConfigurationForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:GetAccessPointConfigurationForObjectLambda"}, true
	case "GetAccessPointForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:GetAccessPointForObjectLambda"}, true
	case "GetAccessPointPolicyForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:GetAccessPointPolicyForObjectLambda"}, true
	case "GetAccessPointPolicyStatusForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:GetAccessPointPolicyStatusForObjectLambda"}, true
	case "PutAccessPointConfigurationForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:PutAccessPointConfigurationForObjectLambda"}, true
	case "PutAccessPointPolicyForObjectLambda":
		return operation{on: onObjectLambda, action: "s3:PutAccessPointPolicyForObjectLambda"}, true
	case "CreateMultiRegionAccessPoint":
		return operation{on: onMRAP, action: "s3:CreateMultiRegionAccessPoint"}, true
	case "DeleteMultiRegionAccessPoint":
		return operation{on: onMRAP, action: "s3:DeleteMultiRegionAccessPoint"}, true
	case "DescribeMultiRegionAccessPointOperation":
		return operation{on: onMRAP, action: "s3:DescribeMultiRegionAccessPointOperation"}, true
	case "GetMultiRegionAccessPoint":
		return operation{on: onMRAP, action: "s3:GetMultiRegionAccessPoint"}, true
	case "GetMultiRegionAccessPointPolicy":
		return operation{on: onMRAP, action: "s3:GetMultiRegionAccessPointPolicy"}, true
	case "GetMultiRegionAccessPointPolicyStatus":
		return operation{on: onMRAP, action: "s3:GetMultiRegionAccessPointPolicyStatus"}, true
	case "GetMultiRegionAccessPointRoutes":
		return operation{on: onMRAP, action: "s3:GetMultiRegionAccessPointRoutes"}, true
	case "PutMultiRegionAccessPointPolicy":
		return operation{on: onMRAP, action: "s3:PutMultiRegionAccessPointPolicy"}, true
	case "SubmitMultiRegionAccessPointRoutes":
		return operation{on: onMRAP, action: "s3:SubmitMultiRegionAccessPointRoutes"}, true
	case "AssociateAccessGrantsIdentityCenter":
		return operation{on: onNamed, action: "s3:AssociateAccessGrantsIdentityCenter"}, true
	case "CreateAccessGrant":
		return operation{on: onNamed, action: "s3:CreateAccessGrant"}, true
	case "CreateAccessGrantsInstance":
		return operation{on: onNamed, action: "s3:CreateAccessGrantsInstance"}, true
	case "CreateAccessGrantsLocation":
		return operation{on: onNamed, action: "s3:CreateAccessGrantsLocation"}, true
	case "DeleteAccessGrant":
		return operation{on: onNamed, action: "s3:DeleteAccessGrant"}, true
	case "DeleteAccessGrantsInstance":
		return operation{on: onNamed, action: "s3:DeleteAccessGrantsInstance"}, true
	case "DeleteAccessGrantsInstanceResourcePolicy":
		return operation{on: onNamed, action: "s3:DeleteAccessGrantsInstanceResourcePolicy"}, true
	case "DeleteAccessGrantsLocation":
		return operation{on: onNamed, action: "s3:DeleteAccessGrantsLocation"}, true
	case "DeleteJobTagging":
		return operation{on: onNamed, action: "s3:DeleteJobTagging"}, true
	case "DeleteStorageLensConfiguration":
		return operation{on: onNamed, action: "s3:DeleteStorageLensConfiguration"}, true
	case "DeleteStorageLensConfigurationTagging":
		return operation{on: onNamed, action: "s3:DeleteStorageLensConfigurationTagging"}, true
	case "DeleteStorageLensGroup":
		return operation{on: onNamed, action: "s3:DeleteStorageLensGroup"}, true
	case "DescribeJob":
		return operation{on: onNamed, action: "s3:DescribeJob"}, true
	case "DissociateAccessGrantsIdentityCenter":
		return operation{on: onNamed, action: "s3:DissociateAccessGrantsIdentityCenter"}, true
	case "GetAccessGrant":
		return operation{on: onNamed, action: "s3:GetAccessGrant"}, true
	case "GetAccessGrantsInstance":
		return operation{on: onNamed, action: "s3:GetAccessGrantsInstance"}, true
	case "GetAccessGrantsInstanceForPrefix":
		return operation{on: onNamed, action: "s3:GetAccessGrantsInstanceForPrefix"}, true
	case "GetAccessGrantsInstanceResourcePolicy":
		return operation{on: onNamed, action: "s3:GetAccessGrantsInstanceResourcePolicy"}, true
	case "GetAccessGrantsLocation":
		return operation{on: onNamed, action: "s3:GetAccessGrantsLocation"}, true
	case "GetJobTagging":
		return operation{on: onNamed, action: "s3:GetJobTagging"}, true
	case "GetStorageLensConfiguration":
		return operation{on: onNamed, action: "s3:GetStorageLensConfiguration"}, true
	case "GetStorageLensConfigurationTagging":
		return operation{on: onNamed, action: "s3:GetStorageLensConfigurationTagging"}, true
	case "GetStorageLensGroup":
		return operation{on: onNamed, action: "s3:GetStorageLensGroup"}, true
	case "ListAccessGrants":
		return operation{on: onNamed, action: "s3:ListAccessGrants"}, true
	case "ListAccessGrantsInstances":
		return operation{on: onNamed, action: "s3:ListAccessGrantsInstances"}, true
	case "ListAccessGrantsLocations":
		return operation{on: onNamed, action: "s3:ListAccessGrantsLocations"}, true
	case "ListCallerAccessGrants":
		return operation{on: onNamed, action: "s3:ListCallerAccessGrants"}, true
	case "ListStorageLensGroups":
		return operation{on: onNamed, action: "s3:ListStorageLensGroups"}, true
	case "ListTagsForResource":
		return operation{on: onNamed, action: "s3:ListTagsForResource"}, true
	case "PutAccessGrantsInstanceResourcePolicy":
		return operation{on: onNamed, action: "s3:PutAccessGrantsInstanceResourcePolicy"}, true
	case "PutJobTagging":
		return operation{on: onNamed, action: "s3:PutJobTagging"}, true
	case "PutStorageLensConfigurationTagging":
		return operation{on: onNamed, action: "s3:PutStorageLensConfigurationTagging"}, true
	case "TagResource":
		return operation{on: onNamed, action: "s3:TagResource"}, true
	case "UntagResource":
		return operation{on: onNamed, action: "s3:UntagResource"}, true
	case "UpdateAccessGrantsLocation":
		return operation{on: onNamed, action: "s3:UpdateAccessGrantsLocation"}, true
	case "UpdateJobPriority":
		return operation{on: onNamed, action: "s3:UpdateJobPriority"}, true
	case "UpdateJobStatus":
		return operation{on: onNamed, action: "s3:UpdateJobStatus"}, true
	case "UpdateStorageLensGroup":
		return operation{on: onNamed, action: "s3:UpdateStorageLensGroup"}, true
	}
	return operation{}, false
}

// objectOperations are the calls on objects, most of which CloudTrail records as
// data events.
func objectOperation(name string) (operation, bool) {
	switch name {
	case "AbortMultipartUpload":
		return operation{on: onObject, action: "s3:AbortMultipartUpload"}, true
	case "CompleteMultipartUpload":
		return operation{on: onObject, action: "s3:PutObject"}, true
	case "CopyObject":
		return operation{on: onObject, action: "s3:PutObject", adds: addUpload, copies: true}, true
	case "CreateMultipartUpload":
		return operation{on: onObject, action: "s3:PutObject", adds: addUpload}, true
	case "DeleteObject":
		return operation{on: onObject, action: "s3:DeleteObject", versioned: "s3:DeleteObjectVersion", adds: addBypass}, true
	case "DeleteObjects":
		return operation{on: onObject, action: "s3:DeleteObject", adds: addBypass}, true
	case "DeleteObjectTagging":
		return operation{on: onObject, action: "s3:DeleteObjectTagging", versioned: "s3:DeleteObjectVersionTagging"}, true
	case "GetObject":
		return operation{on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"}, true
	case "GetObjectAcl":
		return operation{on: onObject, action: "s3:GetObjectAcl", versioned: "s3:GetObjectVersionAcl"}, true
	case "GetObjectAttributes":
		return operation{on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"}, true
	case "GetObjectLegalHold":
		return operation{on: onObject, action: "s3:GetObjectLegalHold"}, true
	case "GetObjectRetention":
		return operation{on: onObject, action: "s3:GetObjectRetention"}, true
	case "GetObjectTagging":
		return operation{on: onObject, action: "s3:GetObjectTagging", versioned: "s3:GetObjectVersionTagging"}, true
	case "GetObjectTorrent":
		return operation{on: onObject, action: "s3:GetObject"}, true
	case "HeadObject":
		return operation{on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"}, true
	case "ListParts":
		return operation{on: onObject, action: "s3:ListMultipartUploadParts"}, true
	case "PostObject":
		return operation{on: onObject, action: "s3:PutObject", adds: addUpload}, true
	case "PutObject":
		return operation{on: onObject, action: "s3:PutObject", adds: addUpload}, true
	case "PutObjectAcl":
		return operation{on: onObject, action: "s3:PutObjectAcl", versioned: "s3:PutObjectVersionAcl"}, true
	case "PutObjectLegalHold":
		return operation{on: onObject, action: "s3:PutObjectLegalHold"}, true
	case "PutObjectRetention":
		return operation{on: onObject, action: "s3:PutObjectRetention", adds: addBypass}, true
	case "PutObjectTagging":
		return operation{on: onObject, action: "s3:PutObjectTagging", versioned: "s3:PutObjectVersionTagging"}, true
	case "RestoreObject":
		return operation{on: onObject, action: "s3:RestoreObject"}, true
	case "SelectObjectContent":
		return operation{on: onObject, action: "s3:GetObject"}, true
	case "UpdateObjectEncryption":
		return operation{on: onObject, action: "s3:UpdateObjectEncryption", also: []string{"s3:PutObject"}}, true
	case "UploadPart":
		return operation{on: onObject, action: "s3:PutObject"}, true
	case "UploadPartCopy":
		return operation{on: onObject, action: "s3:PutObject", copies: true}, true
	case "CreateSession":
		return operation{action: "s3express:CreateSession"}, true
	case "WriteGetObjectResponse":
		return operation{on: onObjectLambda, action: "s3-object-lambda:WriteGetObjectResponse"}, true
	case "GetDataAccess":
		return operation{on: onNamed, action: "s3:GetDataAccess"}, true
	case "PreflightRequest":
		return operation{reason: "a CORS preflight is answered by the bucket's CORS rules, not by a policy"}, true
	}
	return operation{}, false
}
