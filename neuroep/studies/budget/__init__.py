"""What a design's chip takes, cell by cell, beside what the same chip took that ran."""
