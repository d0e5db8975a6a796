"""Assessment: instruments as versioned data, and the professional's judgement beside the computed advice."""
