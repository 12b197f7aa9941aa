/// What is known of a value that was read online, in Feast's terms.
public enum FeatureStatus: String, Hashable, Sendable, CaseIterable, Codable {
    case present = "PRESENT"
    /// The row is there, and the value in it is null.
    case nullValue = "NULL_VALUE"
    /// There is no row under this key, or the key is null.
    case notFound = "NOT_FOUND"
    /// The row is older than the view's TTL at the time of reading; the value is given as null.
    case outsideMaxAge = "OUTSIDE_MAX_AGE"
}
