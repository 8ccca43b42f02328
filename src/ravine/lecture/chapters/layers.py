"""UNDER WAY: another engineer (helper for chapters optimisers and layers) writes this chapter, its experiments and its texts now; camera and descent stay with theirs."""
