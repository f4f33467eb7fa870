package trail

// operations has what S3 authorizes for each call, by the name that CloudTrail
// records. The test of the table compares it with AWS's list, row by row.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var operations = map[string]operation{
	// Objects, read.
	"GetObject":           {on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"},
	"GetObjectAcl":        {on: onObject, action: "s3:GetObjectAcl", versioned: "s3:GetObjectVersionAcl"},
	"GetObjectAttributes": {on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"},
	"GetObjectLegalHold":  {on: onObject, action: "s3:GetObjectLegalHold"},
	"GetObjectRetention":  {on: onObject, action: "s3:GetObjectRetention"},
	"GetObjectTagging":    {on: onObject, action: "s3:GetObjectTagging", versioned: "s3:GetObjectVersionTagging"},
	"GetObjectTorrent":    {on: onObject, action: "s3:GetObject"},
	"HeadObject":          {on: onObject, action: "s3:GetObject", versioned: "s3:GetObjectVersion"},
	"SelectObjectContent": {on: onObject, action: "s3:GetObject"},

	// Objects, written and deleted.
	"AbortMultipartUpload":    {on: onObject, action: "s3:AbortMultipartUpload"},
	"CompleteMultipartUpload": {on: onObject, action: "s3:PutObject"},
	"CopyObject":              {on: onObject, action: "s3:PutObject", adds: addUpload, copies: true},
	"CreateMultipartUpload":   {on: onObject, action: "s3:PutObject", adds: addUpload},
	"DeleteObject":            {on: onObject, action: "s3:DeleteObject", versioned: "s3:DeleteObjectVersion", adds: addBypass},
	"DeleteObjects":           {on: onObject, action: "s3:DeleteObject", adds: addBypass},
	"DeleteObjectTagging":     {on: onObject, action: "s3:DeleteObjectTagging", versioned: "s3:DeleteObjectVersionTagging"},
	"PostObject":              {on: onObject, action: "s3:PutObject", adds: addUpload},
	"PutObject":               {on: onObject, action: "s3:PutObject", adds: addUpload},
	"PutObjectAcl":            {on: onObject, action: "s3:PutObjectAcl", versioned: "s3:PutObjectVersionAcl"},
	"PutObjectLegalHold":      {on: onObject, action: "s3:PutObjectLegalHold"},
	"PutObjectRetention":      {on: onObject, action: "s3:PutObjectRetention", adds: addBypass},
	"PutObjectTagging":        {on: onObject, action: "s3:PutObjectTagging", versioned: "s3:PutObjectVersionTagging"},
	"RestoreObject":           {on: onObject, action: "s3:RestoreObject"},
	"UpdateObjectEncryption":  {on: onObject, action: "s3:UpdateObjectEncryption", also: []string{"s3:PutObject"}},
	"UploadPart":              {on: onObject, action: "s3:PutObject"},
	"UploadPartCopy":          {on: onObject, action: "s3:PutObject", copies: true},

	// Listing. HeadBucket is authorized as if it listed.
	"HeadBucket":           {action: "s3:ListBucket", inSession: true},
	"ListBuckets":          {on: onAccount, action: "s3:ListAllMyBuckets"},
	"ListMultipartUploads": {action: "s3:ListBucketMultipartUploads", inSession: true},
	"ListObjectVersions":   {action: "s3:ListBucketVersions"},
	"ListObjects":          {action: "s3:ListBucket", inSession: true},
	"ListObjectsV2":        {action: "s3:ListBucket", inSession: true},
	"ListParts":            {on: onObject, action: "s3:ListMultipartUploadParts"},

	// Buckets.
	"CreateBucket": {action: "s3:CreateBucket", adds: addToBucket},
	"DeleteBucket": {action: "s3:DeleteBucket"},

	// Bucket configuration, read. CloudTrail and the API differ in some names: both
	// are here.
	"GetAccelerateConfiguration":                 {action: "s3:GetAccelerateConfiguration"},
	"GetBucketAbac":                              {action: "s3:GetBucketAbac"},
	"GetBucketAccelerateConfiguration":           {action: "s3:GetAccelerateConfiguration"},
	"GetBucketAcl":                               {action: "s3:GetBucketAcl"},
	"GetBucketAnalyticsConfiguration":            {action: "s3:GetAnalyticsConfiguration"},
	"GetBucketCors":                              {action: "s3:GetBucketCORS"},
	"GetBucketEncryption":                        {action: "s3:GetEncryptionConfiguration"},
	"GetBucketIntelligentTieringConfiguration":   {action: "s3:GetIntelligentTieringConfiguration"},
	"GetBucketInventoryConfiguration":            {action: "s3:GetInventoryConfiguration"},
	"GetBucketLifecycle":                         {action: "s3:GetLifecycleConfiguration"},
	"GetBucketLifecycleConfiguration":            {action: "s3:GetLifecycleConfiguration"},
	"GetBucketLocation":                          {action: "s3:GetBucketLocation"},
	"GetBucketLogging":                           {action: "s3:GetBucketLogging"},
	"GetBucketMetricsConfiguration":              {action: "s3:GetMetricsConfiguration"},
	"GetBucketNotification":                      {action: "s3:GetBucketNotification"},
	"GetBucketNotificationConfiguration":         {action: "s3:GetBucketNotification"},
	"GetBucketObjectLockConfiguration":           {action: "s3:GetBucketObjectLockConfiguration"},
	"GetBucketOwnershipControls":                 {action: "s3:GetBucketOwnershipControls"},
	"GetBucketPolicy":                            {action: "s3:GetBucketPolicy"},
	"GetBucketPolicyStatus":                      {action: "s3:GetBucketPolicyStatus"},
	"GetBucketPublicAccessBlock":                 {action: "s3:GetBucketPublicAccessBlock"},
	"GetBucketReplication":                       {action: "s3:GetReplicationConfiguration"},
	"GetBucketRequestPayment":                    {action: "s3:GetBucketRequestPayment"},
	"GetBucketTagging":                           {action: "s3:GetBucketTagging"},
	"GetBucketVersioning":                        {action: "s3:GetBucketVersioning"},
	"GetBucketWebsite":                           {action: "s3:GetBucketWebsite"},
	"GetObjectLockConfiguration":                 {action: "s3:GetBucketObjectLockConfiguration"},
	"GetPublicAccessBlock":                       {action: "s3:GetBucketPublicAccessBlock"},
	"ListBucketAnalyticsConfigurations":          {action: "s3:GetAnalyticsConfiguration"},
	"ListBucketIntelligentTieringConfigurations": {action: "s3:GetIntelligentTieringConfiguration"},
	"ListBucketInventoryConfigurations":          {action: "s3:GetInventoryConfiguration"},
	"ListBucketMetricsConfigurations":            {action: "s3:GetMetricsConfiguration"},

	// Bucket configuration, written.
	"PutAccelerateConfiguration":               {action: "s3:PutAccelerateConfiguration"},
	"PutBucketAbac":                            {action: "s3:PutBucketAbac"},
	"PutBucketAccelerateConfiguration":         {action: "s3:PutAccelerateConfiguration"},
	"PutBucketAcl":                             {action: "s3:PutBucketAcl"},
	"PutBucketAnalyticsConfiguration":          {action: "s3:PutAnalyticsConfiguration"},
	"PutBucketCors":                            {action: "s3:PutBucketCORS"},
	"PutBucketEncryption":                      {action: "s3:PutEncryptionConfiguration"},
	"PutBucketIntelligentTieringConfiguration": {action: "s3:PutIntelligentTieringConfiguration"},
	"PutBucketInventoryConfiguration":          {action: "s3:PutInventoryConfiguration"},
	"PutBucketLifecycle":                       {action: "s3:PutLifecycleConfiguration"},
	"PutBucketLifecycleConfiguration":          {action: "s3:PutLifecycleConfiguration"},
	"PutBucketLogging":                         {action: "s3:PutBucketLogging"},
	"PutBucketMetricsConfiguration":            {action: "s3:PutMetricsConfiguration"},
	"PutBucketNotification":                    {action: "s3:PutBucketNotification"},
	"PutBucketNotificationConfiguration":       {action: "s3:PutBucketNotification"},
	"PutBucketObjectLockConfiguration":         {action: "s3:PutBucketObjectLockConfiguration"},
	"PutBucketOwnershipControls":               {action: "s3:PutBucketOwnershipControls"},
	"PutBucketPolicy":                          {action: "s3:PutBucketPolicy"},
	"PutBucketPublicAccessBlock":               {action: "s3:PutBucketPublicAccessBlock"},
	"PutBucketReplication":                     {action: "s3:PutReplicationConfiguration"},
	"PutBucketRequestPayment":                  {action: "s3:PutBucketRequestPayment"},
	"PutBucketTagging":                         {action: "s3:PutBucketTagging"},
	"PutBucketVersioning":                      {action: "s3:PutBucketVersioning"},
	"PutBucketWebsite":                         {action: "s3:PutBucketWebsite"},
	"PutObjectLockConfiguration":               {action: "s3:PutBucketObjectLockConfiguration"},
	"PutPublicAccessBlock":                     {action: "s3:PutBucketPublicAccessBlock"},

	// Bucket configuration, deleted: mostly the action that writes it.
	"DeleteBucketAnalyticsConfiguration":          {action: "s3:PutAnalyticsConfiguration"},
	"DeleteBucketCors":                            {action: "s3:PutBucketCORS"},
	"DeleteBucketEncryption":                      {action: "s3:PutEncryptionConfiguration"},
	"DeleteBucketIntelligentTieringConfiguration": {action: "s3:PutIntelligentTieringConfiguration"},
	"DeleteBucketInventoryConfiguration":          {action: "s3:PutInventoryConfiguration"},
	"DeleteBucketLifecycle":                       {action: "s3:PutLifecycleConfiguration"},
	"DeleteBucketMetricsConfiguration":            {action: "s3:PutMetricsConfiguration"},
	"DeleteBucketOwnershipControls":               {action: "s3:PutBucketOwnershipControls"},
	"DeleteBucketPolicy":                          {action: "s3:DeleteBucketPolicy"},
	"DeleteBucketPublicAccessBlock":               {action: "s3:PutBucketPublicAccessBlock"},
	"DeleteBucketReplication":                     {action: "s3:PutReplicationConfiguration"},
	"DeleteBucketTagging":                         {action: "s3:PutBucketTagging"},
	"DeleteBucketWebsite":                         {action: "s3:DeleteBucketWebsite"},
	"DeletePublicAccessBlock":                     {action: "s3:PutBucketPublicAccessBlock"},

	// S3 Metadata, which makes tables besides.
	"CreateBucketMetadataConfiguration":               {action: "s3:CreateBucketMetadataTableConfiguration", also: journalAndInventory},
	"CreateBucketMetadataTableConfiguration":          {action: "s3:CreateBucketMetadataTableConfiguration", also: metadataTable},
	"DeleteBucketMetadataConfiguration":               {action: "s3:DeleteBucketMetadataTableConfiguration"},
	"DeleteBucketMetadataTableConfiguration":          {action: "s3:DeleteBucketMetadataTableConfiguration"},
	"GetBucketMetadataConfiguration":                  {action: "s3:GetBucketMetadataTableConfiguration"},
	"GetBucketMetadataTableConfiguration":             {action: "s3:GetBucketMetadataTableConfiguration"},
	"UpdateBucketMetadataInventoryTableConfiguration": {action: "s3:UpdateBucketMetadataInventoryTableConfiguration", also: journalAndInventory},
	"UpdateBucketMetadataJournalTableConfiguration":   {action: "s3:UpdateBucketMetadataJournalTableConfiguration"},

	// Account.
	"DeleteAccountPublicAccessBlock": {on: onAccount, action: "s3:PutAccountPublicAccessBlock"},
	"GetAccountPublicAccessBlock":    {on: onAccount, action: "s3:GetAccountPublicAccessBlock"},
	"PutAccountPublicAccessBlock":    {on: onAccount, action: "s3:PutAccountPublicAccessBlock"},

	// Access points.
	"GetAccessPoint":             {on: onAccount, action: "s3:GetAccessPoint"},
	"ListAccessPoints":           {on: onAccount, action: "s3:ListAccessPoints"},
	"CreateAccessPoint":          {on: onAccessPoint, action: "s3:CreateAccessPoint"},
	"DeleteAccessPoint":          {on: onAccessPoint, action: "s3:DeleteAccessPoint"},
	"DeleteAccessPointPolicy":    {on: onAccessPoint, action: "s3:DeleteAccessPointPolicy"},
	"GetAccessPointPolicy":       {on: onAccessPoint, action: "s3:GetAccessPointPolicy"},
	"GetAccessPointPolicyStatus": {on: onAccessPoint, action: "s3:GetAccessPointPolicyStatus"},
	"PutAccessPointPolicy":       {on: onAccessPoint, action: "s3:PutAccessPointPolicy"},

	// Object Lambda access points.
	"ListAccessPointsForObjectLambda":            {on: onAccount, action: "s3:ListAccessPointsForObjectLambda"},
	"CreateAccessPointForObjectLambda":           {on: onAccessPoint, action: "s3:CreateAccessPointForObjectLambda"},
	"DeleteAccessPointForObjectLambda":           {on: onAccessPoint, action: "s3:DeleteAccessPointForObjectLambda"},
	"DeleteAccessPointPolicyForObjectLambda":     {on: onAccessPoint, action: "s3:DeleteAccessPointPolicyForObjectLambda"},
	"GetAccessPointConfigurationForObjectLambda": {on: onAccessPoint, action: "s3:GetAccessPointConfigurationForObjectLambda"},
	"GetAccessPointForObjectLambda":              {on: onAccessPoint, action: "s3:GetAccessPointForObjectLambda"},
	"GetAccessPointPolicyForObjectLambda":        {on: onAccessPoint, action: "s3:GetAccessPointPolicyForObjectLambda"},
	"GetAccessPointPolicyStatusForObjectLambda":  {on: onAccessPoint, action: "s3:GetAccessPointPolicyStatusForObjectLambda"},
	"PutAccessPointConfigurationForObjectLambda": {on: onAccessPoint, action: "s3:PutAccessPointConfigurationForObjectLambda"},
	"PutAccessPointPolicyForObjectLambda":        {on: onAccessPoint, action: "s3:PutAccessPointPolicyForObjectLambda"},
	"WriteGetObjectResponse":                     {on: onAccessPoint, action: "s3-object-lambda:WriteGetObjectResponse"},

	// Multi-region access points.
	"ListMultiRegionAccessPoints":             {on: onAccount, action: "s3:ListMultiRegionAccessPoints"},
	"CreateMultiRegionAccessPoint":            {on: onAccessPoint, action: "s3:CreateMultiRegionAccessPoint"},
	"DeleteMultiRegionAccessPoint":            {on: onAccessPoint, action: "s3:DeleteMultiRegionAccessPoint"},
	"DescribeMultiRegionAccessPointOperation": {on: onAccessPoint, action: "s3:DescribeMultiRegionAccessPointOperation"},
	"GetMultiRegionAccessPoint":               {on: onAccessPoint, action: "s3:GetMultiRegionAccessPoint"},
	"GetMultiRegionAccessPointPolicy":         {on: onAccessPoint, action: "s3:GetMultiRegionAccessPointPolicy"},
	"GetMultiRegionAccessPointPolicyStatus":   {on: onAccessPoint, action: "s3:GetMultiRegionAccessPointPolicyStatus"},
	"GetMultiRegionAccessPointRoutes":         {on: onAccessPoint, action: "s3:GetMultiRegionAccessPointRoutes"},
	"PutMultiRegionAccessPointPolicy":         {on: onAccessPoint, action: "s3:PutMultiRegionAccessPointPolicy"},
	"SubmitMultiRegionAccessPointRoutes":      {on: onAccessPoint, action: "s3:SubmitMultiRegionAccessPointRoutes"},

	// Batch Operations.
	"CreateJob":         {on: onAccount, action: "s3:CreateJob"},
	"ListJobs":          {on: onAccount, action: "s3:ListJobs"},
	"DeleteJobTagging":  {on: onNamed, action: "s3:DeleteJobTagging"},
	"DescribeJob":       {on: onNamed, action: "s3:DescribeJob"},
	"GetJobTagging":     {on: onNamed, action: "s3:GetJobTagging"},
	"PutJobTagging":     {on: onNamed, action: "s3:PutJobTagging"},
	"UpdateJobPriority": {on: onNamed, action: "s3:UpdateJobPriority"},
	"UpdateJobStatus":   {on: onNamed, action: "s3:UpdateJobStatus"},

	// Storage Lens.
	"CreateStorageLensGroup":                {on: onAccount, action: "s3:CreateStorageLensGroup"},
	"ListStorageLensConfigurations":         {on: onAccount, action: "s3:ListStorageLensConfigurations"},
	"PutStorageLensConfiguration":           {on: onAccount, action: "s3:PutStorageLensConfiguration"},
	"DeleteStorageLensConfiguration":        {on: onNamed, action: "s3:DeleteStorageLensConfiguration"},
	"DeleteStorageLensConfigurationTagging": {on: onNamed, action: "s3:DeleteStorageLensConfigurationTagging"},
	"DeleteStorageLensGroup":                {on: onNamed, action: "s3:DeleteStorageLensGroup"},
	"GetStorageLensConfiguration":           {on: onNamed, action: "s3:GetStorageLensConfiguration"},
	"GetStorageLensConfigurationTagging":    {on: onNamed, action: "s3:GetStorageLensConfigurationTagging"},
	"GetStorageLensGroup":                   {on: onNamed, action: "s3:GetStorageLensGroup"},
	"ListStorageLensGroups":                 {on: onAccount, action: "s3:ListStorageLensGroups"},
	"PutStorageLensConfigurationTagging":    {on: onNamed, action: "s3:PutStorageLensConfigurationTagging"},
	"UpdateStorageLensGroup":                {on: onNamed, action: "s3:UpdateStorageLensGroup"},

	// Access Grants.
	"AssociateAccessGrantsIdentityCenter":      {on: onNamed, action: "s3:AssociateAccessGrantsIdentityCenter"},
	"CreateAccessGrant":                        {on: onNamed, action: "s3:CreateAccessGrant"},
	"CreateAccessGrantsInstance":               {on: onNamed, action: "s3:CreateAccessGrantsInstance"},
	"CreateAccessGrantsLocation":               {on: onNamed, action: "s3:CreateAccessGrantsLocation"},
	"DeleteAccessGrant":                        {on: onNamed, action: "s3:DeleteAccessGrant"},
	"DeleteAccessGrantsInstance":               {on: onNamed, action: "s3:DeleteAccessGrantsInstance"},
	"DeleteAccessGrantsInstanceResourcePolicy": {on: onNamed, action: "s3:DeleteAccessGrantsInstanceResourcePolicy"},
	"DeleteAccessGrantsLocation":               {on: onNamed, action: "s3:DeleteAccessGrantsLocation"},
	"DissociateAccessGrantsIdentityCenter":     {on: onNamed, action: "s3:DissociateAccessGrantsIdentityCenter"},
	"GetAccessGrant":                           {on: onNamed, action: "s3:GetAccessGrant"},
	"GetAccessGrantsInstance":                  {on: onNamed, action: "s3:GetAccessGrantsInstance"},
	"GetAccessGrantsInstanceForPrefix":         {on: onNamed, action: "s3:GetAccessGrantsInstanceForPrefix"},
	"GetAccessGrantsInstanceResourcePolicy":    {on: onNamed, action: "s3:GetAccessGrantsInstanceResourcePolicy"},
	"GetAccessGrantsLocation":                  {on: onNamed, action: "s3:GetAccessGrantsLocation"},
	"ListAccessGrants":                         {on: onNamed, action: "s3:ListAccessGrants"},
	"ListAccessGrantsInstances":                {on: onAccount, action: "s3:ListAccessGrantsInstances"},
	"ListAccessGrantsLocations":                {on: onNamed, action: "s3:ListAccessGrantsLocations"},
	"ListCallerAccessGrants":                   {on: onNamed, action: "s3:ListCallerAccessGrants"},
	"PutAccessGrantsInstanceResourcePolicy":    {on: onNamed, action: "s3:PutAccessGrantsInstanceResourcePolicy"},
	"UpdateAccessGrantsLocation":               {on: onNamed, action: "s3:UpdateAccessGrantsLocation"},
	"GetDataAccess":                            {on: onNamed, action: "s3:GetDataAccess"},

	// Tags of the resources of S3 Control.
	"ListTagsForResource": {on: onNamed, action: "s3:ListTagsForResource"},
	"TagResource":         {on: onNamed, action: "s3:TagResource"},
	"UntagResource":       {on: onNamed, action: "s3:UntagResource"},

	// Directory buckets.
	"CreateSession":                       {action: "s3express:CreateSession"},
	"ListDirectoryBuckets":                {on: onAccount, action: "s3express:ListAllMyDirectoryBuckets"},
	"RenameObject":                        {on: onObject, action: "s3express:CreateSession"},
	"ListAccessPointsForDirectoryBuckets": {on: onAccount, action: "s3express:ListAccessPointsForDirectoryBuckets"},
	"GetAccessPointScope":                 {on: onAccessPoint, action: "s3express:GetAccessPointScope"},
	"PutAccessPointScope":                 {on: onAccessPoint, action: "s3express:PutAccessPointScope"},
	"DeleteAccessPointScope":              {on: onAccessPoint, action: "s3express:DeleteAccessPointScope"},

	// No policy decides.
	"PreflightRequest": {reason: "a CORS preflight is answered by the bucket's CORS rules, not by a policy"},
}

// Actions of other services that S3 Metadata needs.
var (
	metadataTable       = []string{"s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:GetTable", "s3tables:PutTablePolicy"}
	journalAndInventory = []string{"s3tables:CreateTableBucket", "s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:GetTable", "s3tables:PutTablePolicy", "s3tables:PutTableEncryption", "kms:DescribeKey"}
)
