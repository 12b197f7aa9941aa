/// What a check of the online store found.
public struct OnlineCheckReport: Hashable, Sendable, Codable {
    /// Pages of the file that are in use, and that are free.
    public var usedPages: Int
    public var freePages: Int
    /// What is wrong with the file itself, a sentence each.
    public var problems: [String]
    public var views: [View]
    public var seconds: Double

    /// What was found of one view.
    public struct View: Hashable, Sendable, Codable {
        public var view: String
        public var rows = 0
        /// Whether its rows were compared with its history; then the numbers below are known.
        public var isCompared = false
        /// Rows that are the newest of their keys in the history, bit for bit.
        public var agreeing = 0
        /// Rows whose keys have newer rows in the history that were not brought online yet.
        public var waiting = 0
        /// Keys of the history that are not online, since their rows were left out, with `--from` or as older than the ttl.
        public var leftOut = 0
        /// What is wrong, a sentence each, of the first few.
        public var problems: [String] = []
        /// All problems.
        public var problemCount = 0

        public init(view: String) { self.view = view }

        /// Problems of which each view tells.
        private static let maximumProblems = 10

        mutating func report(_ problem: String) {
            problemCount += 1
            if problems.count < Self.maximumProblems { problems.append(problem) }
        }
    }

    public var isSound: Bool { problems.isEmpty && views.allSatisfy { $0.problemCount == 0 } }
}
