import Columnar

/// Where the events lie that the windows of some keys' entity rows reach.
struct EventRuns {
    /// Rows of a block of history with events of one key, in the order of time.
    struct Run {
        var group: Int
        var part: Int
        var block: Int
        var rows: Range<Int>
    }

    /// By group; those of a group by part, then in the order of rows.
    private(set) var runs: [Run] = []
    /// The time of each group's first event, from the first group on, or of some event where that decides the same: `.max`
    /// where there is none.
    private(set) var firstEvents: [Int64]

    /// Events further apart than this are not taken together when none between them is reached.
    private static let gapRows = 64

    private let join: AggregateJoin
    private let groups: Range<Int>

    /// Looks through all parts for the groups' keys. Feature columns are not touched, and of times only those of blocks with
    /// such keys.
    init(of groups: Range<Int>, in join: AggregateJoin) throws(DataError) {
        self.join = join
        self.groups = groups
        firstEvents = [Int64](repeating: .max, count: groups.count)
        let times = join.order.times.elements(as: Int64.self)
        let starts = join.order.groupStarts
        let slots = Int(starts[groups.lowerBound])..<Int(starts[groups.upperBound])
        var (earliest, latest) = (Int64.max, Int64.min)
        for slot in slots {
            earliest = min(earliest, times[slot])
            latest = max(latest, times[slot])
        }
        let reach =
            join.reach.bounds(at: earliest)
            .start..<max(
                join.reach.bounds(at: earliest).start, join.reach.bounds(at: latest).end)
        for number in join.parts.indices {
            try find(in: number, reach)
        }
        if join.parts.count > 1 { sortByGroup() }
    }

    /// - Parameter reach: the event times that any of the groups' windows reaches.
    private mutating func find(in number: Int, _ reach: Range<Int64>) throws(DataError) {
        let part = join.parts[number]
        let (keys, end) = (join.order.keys, groups.upperBound)
        var key = groups.lowerBound
        let span = part.eventTimes
        let isReached = span.map { $0.lowerBound < reach.upperBound && $0.upperBound >= reach.lowerBound } ?? true
        var read: Range<Int>?
        for block in part.blocks(holding: keys, groups) {
            guard key < end else { break }
            try Cancellation.check()
            var events: Column?
            for keyRuns in try part.keyRuns(of: block, holding: keys, key..<end) {
                var run = 0
                while run < keyRuns.count && key < end {
                    let comparison = keyRuns.keys.compare(run, with: keys, key)
                    if comparison == 0 {
                        if isReached {
                            if events == nil { events = try part.events(of: block) }
                            if let events { add(keyRuns.rows(of: run), of: key, events, part: number, block: block) }
                        } else if let span {
                            // Before all windows or after them: any time of the part says which.
                            firstEvents[key - groups.lowerBound] = min(
                                firstEvents[key - groups.lowerBound], span.lowerBound)
                        }
                        run += 1
                    } else if comparison < 0 {
                        let other = key
                        run = gallop(from: run + 1, to: keyRuns.count) {
                            keyRuns.keys.compare($0, with: keys, other) < 0
                        }
                    } else {
                        let current = run
                        key = gallop(from: key + 1, to: end) { keys.compare($0, with: keyRuns.keys, current) < 0 }
                    }
                }
            }
            if events != nil { read = (read?.lowerBound ?? block)..<block + 1 }
        }
        if let read { part.releaseTimes(of: read) }
    }

    /// Adds those of the rows `rows` of a key that a window reaches.
    private mutating func add(_ rows: Range<Int>, of group: Int, _ events: Column, part: Int, block: Int) {
        let reach = join.reach
        let starts = join.order.groupStarts
        withExtendedLifetime((events, join.order)) {
            let times = events.elements(as: Int64.self)
            let asked = join.order.times.elements(as: Int64.self)
            let place = group - groups.lowerBound
            firstEvents[place] = min(firstEvents[place], times[rows.lowerBound])
            var found = rows.lowerBound..<rows.lowerBound
            for slot in Int(starts[group])..<Int(starts[group + 1]) {
                let (start, end) = reach.bounds(at: asked[slot])
                let low = gallop(from: found.upperBound, to: rows.upperBound) { times[$0] < start }
                let high = gallop(from: low, to: rows.upperBound) { times[$0] < end }
                guard low < high else { continue }
                if found.isEmpty || low - found.upperBound > Self.gapRows {
                    if !found.isEmpty { runs.append(Run(group: group, part: part, block: block, rows: found)) }
                    found = low..<high
                } else {
                    found = found.lowerBound..<high
                }
            }
            if !found.isEmpty { runs.append(Run(group: group, part: part, block: block, rows: found)) }
        }
    }

    /// Groups ascend within a part; a stable sort by counting.
    private mutating func sortByGroup() {
        var ends = [Int](repeating: 0, count: groups.count + 1)
        for run in runs { ends[run.group - groups.lowerBound + 1] += 1 }
        for place in groups.indices.map({ $0 - groups.lowerBound }) { ends[place + 1] += ends[place] }
        var sorted = runs
        for run in runs {
            sorted[ends[run.group - groups.lowerBound]] = run
            ends[run.group - groups.lowerBound] += 1
        }
        runs = sorted
    }
}

/// How far back windows look, of several the widest: what no window of an entity row reaches need not be read.
struct WindowReach: Sendable {
    /// From the end of the window that ends last back to the start of the one that starts first; nil for all time.
    private let span: Int64?
    private let hop: Int64
    private let end: Int64

    init(of windows: [AggregateWindow], hop: TimeSpan?) {
        self.hop = hop?.microseconds ?? 0
        end = windows.map(\.offset.microseconds).min() ?? 0
        var span: Int64? = 0
        for window in windows {
            guard let length = window.length, let widest = span else {
                span = nil
                continue
            }
            span = max(widest, length.microseconds.clampedAdding(window.offset.microseconds))
        }
        self.span = span
    }

    /// The event times that some window at `time` may cover: from the first up to the second.
    @inline(__always)
    func bounds(at time: Int64) -> (start: Int64, end: Int64) {
        let start = span.map { time.clampedSubtracting($0).clampedSubtracting(hop) } ?? .min
        return (start, time.clampedSubtracting(end))
    }
}
