/// What a check of the store found, and what it repaired.
public struct CheckReport: Hashable, Sendable, Codable {
    /// What was looked at of one view.
    public struct View: Hashable, Sendable, Codable {
        public var view: String
        /// Of the newest snapshot.
        public var segments = 0
        public var rows = 0
        public var bytes = 0
        /// Files that only older snapshots list.
        public var olderSegments = 0
        /// Rows of the hot log.
        public var rowsPushed = 0
        public var rowsOnline = 0
        /// Segments that were written before checksums were recorded, and so were checked without one.
        public var withoutChecksum = 0
    }

    public struct Problem: Hashable, Sendable, Codable {
        public enum Place: String, Hashable, Sendable, Codable {
            case catalog
            case segment
            /// A batch of the hot log.
            case push
            case online
            /// A file that nobody lists: it takes room, and does no other harm.
            case orphan
        }

        public var place: Place
        public var view: String?
        /// Relative to the project.
        public var file: String?
        /// Of a segment.
        public var kind: SegmentDamage.Kind?
        /// What is wrong, in words.
        public var problem: String
        /// What to do; absent where `--repair` does it.
        public var advice: String?
        /// What was done; absent if nothing was.
        public var repair: String?
        /// Files of rows that were lost, which the next ingestion reads again.
        public var filesToIngest: [String] = []
        /// Whether it can give wrong answers or none, and nothing was done about it.
        public var isLeft: Bool { place != .orphan && repair == nil }
    }

    public var views: [View] = []
    public var problems: [Problem] = []
    /// Whether files that nobody lists were looked for; not while another process writes, which has some.
    public var orphansSought = false
    /// Segments that were given a checksum.
    public var checksumsAdded = 0
    public var seconds = 0.0

    /// Whether there is damage that was not repaired.
    public var isDamageLeft: Bool { problems.contains(where: \.isLeft) }
}
