/// What is wrong with a segment's file.
public struct SegmentDamage: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        case missing
        /// It cannot be opened, as for want of permission; it may be whole.
        case inaccessible
        case size
        case checksum
        /// Footer or pages cannot be read, or are not those of the view.
        case unreadable
        /// Rows are not in the order of history.
        case order
        /// Statistics that readers skip by say what is not so.
        case statistics
    }

    public var kind: Kind
    /// In words.
    public var text: String
}
