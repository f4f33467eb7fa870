package evidence

// Layer names one thing that S3 verifies before it lets a request pass.
type Layer string

// The layers, in the words of the case and diagnosis files.
const (
	LayerRCP               Layer = "rcp"
	LayerSCP               Layer = "scp"
	LayerVPCE              Layer = "vpce"
	LayerIdentity          Layer = "identity"
	LayerBoundary          Layer = "boundary"
	LayerSession           Layer = "session"
	LayerBucketPolicy      Layer = "bucket-policy"
	LayerAccessPoint       Layer = "access-point"
	LayerMRAP              Layer = "mrap"
	LayerKeyPolicy         Layer = "key-policy"
	LayerKeyGrant          Layer = "key-grant"
	LayerKeyState          Layer = "key-state"
	LayerPublicAccessBlock Layer = "public-access-block"
	LayerACLOwnership      Layer = "acl-ownership"
	LayerRequesterPays     Layer = "requester-pays"
	LayerSSEC              Layer = "sse-c"
	LayerObjectLock        Layer = "object-lock"
	LayerMFADelete         Layer = "mfa-delete"
	LayerObjectExists      Layer = "object-exists"
	LayerExpectedOwner     Layer = "expected-owner"
	LayerDirectorySession  Layer = "directory-session"
	LayerAccountState      Layer = "account-state"
)
