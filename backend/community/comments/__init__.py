"""跟帖: what citizens say below an article, read by a moderator before anybody else."""
