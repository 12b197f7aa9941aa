/// What is known of a value that was read online, in Feast's terms.
public enum FeatureStatus: String, Hashable, Sendable, CaseIterable, Codable {
    case present = "PRESENT"
    /// The row is there, and the value in it is null.
    case nullValue = "NULL_VALUE"
    /// There is no row under this key, or the key is null.
    case notFound = "NOT_FOUND"
    /// At the time of reading the row is older than the view's TTL, or it has ended (`valid_to`); the value is given as
    /// null.
    case outsideMaxAge = "OUTSIDE_MAX_AGE"
}
