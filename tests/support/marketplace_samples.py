"""The samples of the marketplace's music page, to the letter."""

SUBMITTED = """{
"id": "550e8400-e29b-41d4-a716-446655440000",
"object": "media.job",
"kind": "music",
"status": "queued",
"created": 1713200000,
"expires_at": 1713200900,
"estimated_cost_usdc": "30000",
"max_cost_usdc": "33000",
"poll_url": "/v1/music/generations/550e8400-...",
"cancel_url": "/v1/music/generations/550e8400-...",
"job_token": "mjt_abc123..."
}"""
"""The answer to a submission."""

SUCCEEDED = """{
"id": "550e8400-...",
"object": "media.job",
"kind": "music",
"status": "succeeded",
"results": [
{
"artifact_index": 0,
"url": "https://media-artifacts.s3.amazonaws.com/async-media/job-id/0.mp3?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature=…",
"download_url": "/v1/media/artifacts/job-id/0",
"content_type": "audio/mpeg",
"duration_seconds": 60,
"bytes": 1200000
}
],
"usage": {
"seller_cost_usdc": "30000",
"buyer_cost_usdc": "30000",
"settlement_status": "confirmed"
}
}"""
"""The answer to the last poll."""
