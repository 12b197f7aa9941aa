import Columnar
import Foundation

/// Walks trees page by page, and finds what LMDB would not have written: a page that is used twice, keys out of order,
/// counts that are wrong, a page that is neither used nor free.
///
/// Complexity: O(pages), with a bit of memory a page.
struct LMDBCensus {
    /// What is wrong, a sentence each; no more than `maximumProblems`.
    private(set) var problems: [String] = []
    private(set) var usedPages = 0
    private(set) var freePages = 0

    private static let maximumProblems = 20

    private let snapshot: LMDBSnapshot
    private let pages: LMDBPages
    /// A bit for each page that was met.
    private var met: [UInt64]
    /// The key of the branch's node that leads to the leaf that comes next, which has no key before it.
    private var leastKey: [UInt8]?

    init(_ snapshot: LMDBSnapshot) {
        self.snapshot = snapshot
        pages = snapshot.pages
        met = [UInt64](repeating: 0, count: Int(snapshot.commit.lastPage / 64) + 1)
        // The two that say what was committed.
        meet(0, "the file")
        meet(1, "the file")
    }

    /// Walks the main tree, all named ones, and the list of free pages.
    mutating func run() throws {
        var names: [String] = []
        try snapshot.forEach(in: snapshot.commit.main) { name, _ in
            names.append(String(decoding: name, as: UTF8.self))
            return names.count < LMDBEnvironment.maximumDatabases
        }
        try walk(snapshot.commit.main, "the table of databases")
        for name in names {
            try Cancellation.check()
            guard let tree = try? snapshot.tree(name) else {
                report("'\(name)' has no readable tree")
                continue
            }
            try walk(tree, "'\(name)'")
        }
        try walk(snapshot.commit.free, "the list of free pages", isSorted: false)
        try countFreePages()
        let all = Int(snapshot.commit.lastPage) + 1
        if problems.isEmpty, usedPages + freePages != all {
            report("\(all - usedPages - freePages) of \(all) pages are neither used nor free")
        }
    }

    private mutating func report(_ problem: String) {
        if problems.count < Self.maximumProblems { problems.append(problem) }
    }

    /// Notes that a page is used; false if it was before.
    @discardableResult
    private mutating func meet(_ page: UInt64, _ name: String) -> Bool {
        guard page <= snapshot.commit.lastPage else {
            report("\(name): page \(page) is behind the last one")
            return false
        }
        let (word, bit) = (Int(page / 64), UInt64(1) << (page % 64))
        guard met[word] & bit == 0 else {
            report("\(name): page \(page) is used twice")
            return false
        }
        met[word] |= bit
        usedPages += 1
        return true
    }

    private mutating func countFreePages() throws {
        var free: [UInt64] = []
        try snapshot.forEach(in: snapshot.commit.free) { _, value in
            free += LMDBSnapshot.pageNumbers(value)
            return free.count <= snapshot.commit.lastPage
        }
        let usedBefore = usedPages
        for page in free { meet(page, "the list of free pages") }
        freePages = usedPages - usedBefore
        usedPages = usedBefore
    }

    private struct Counts {
        var branches = 0
        var leaves = 0
        var overflow = 0
        var entries = 0
    }

    private mutating func walk(_ tree: LMDBTree, _ name: String, isSorted: Bool = true) throws {
        var counts = Counts()
        guard tree.depth > 0 else { return }
        do throws(LMDBDamage) {
            var previous: [UInt8]?
            try visit(tree.root, tree.depth, name, isSorted, &previous, &counts)
        } catch {
            return report("\(name): a page is damaged")
        }
        let found = [counts.branches, counts.leaves, counts.overflow, counts.entries]
        let said = [tree.branchPages, tree.leafPages, tree.overflowPages, tree.entries]
        if problems.isEmpty, found != said {
            report("\(name): it says to have \(said) branch, leaf and overflow pages and entries, and has \(found)")
        }
    }

    /// - Parameter previous: the key before, which all keys from here on must be behind.
    private mutating func visit(
        _ number: UInt64, _ level: Int, _ name: String, _ isSorted: Bool, _ previous: inout [UInt8]?,
        _ counts: inout Counts
    ) throws(LMDBDamage) {
        guard meet(number, name) else { return }
        let page = try pages.page(number)
        let isLeaf = level == 1
        let nodes = page.nodeCount
        guard page.number == number, page.flags == (isLeaf ? LMDBPage.Flags.leaf : LMDBPage.Flags.branch), nodes >= 1,
            nodes <= page.nodeCapacity
        else { throw LMDBDamage() }
        if isLeaf { counts.leaves += 1 } else { counts.branches += 1 }
        for index in 0..<nodes {
            let node = try page.node(index)
            if isLeaf {
                counts.entries += 1
                try note(node.key, after: &previous, isSorted, name)
                try countOverflow(of: node, name, &counts)
                continue
            }
            // The first node of a branch has no key; the key of another is behind all keys before it, and not behind the
            // first key of its child.
            if index > 0, isSorted {
                if let before = previous, !before.isBefore(node.key) {
                    report("\(name): the keys of page \(number) are out of order")
                }
                leastKey = Array(node.key)
            }
            try visit(node.child, level - 1, name, isSorted, &previous, &counts)
        }
    }

    private mutating func note(
        _ key: UnsafeRawBufferPointer, after previous: inout [UInt8]?, _ isSorted: Bool, _ name: String
    ) throws(LMDBDamage) {
        guard isSorted else { return }
        if let before = previous, !before.isBefore(key) { report("\(name): its keys are out of order") }
        if let least = leastKey, !least.isBefore(key), !key.elementsEqual(least) {
            report("\(name): a key is where it would not be found")
        }
        leastKey = nil
        if previous == nil { previous = [] }
        previous?.removeAll(keepingCapacity: true)
        previous?.append(contentsOf: key)
    }

    private mutating func countOverflow(
        of node: LMDBNode, _ name: String, _ counts: inout Counts
    ) throws(LMDBDamage) {
        _ = try pages.value(of: node)
        guard let range = try pages.overflowPages(of: node) else { return }
        for page in range { meet(page, name) }
        counts.overflow += range.count
    }
}

extension LMDBSnapshot {
    /// The pages that an entry of the free tree lists: their count, then each.
    static func pageNumbers(_ value: UnsafeRawBufferPointer) -> [UInt64] {
        guard value.count >= 8 else { return [] }
        let count = min(value.loadUnaligned(as: UInt64.self), UInt64(value.count / 8 - 1))
        return (0..<Int(count)).map { value.loadUnaligned(fromByteOffset: 8 * ($0 + 1), as: UInt64.self) }
    }

    /// Pages that later commits may use again, some of them only when readers of older ones have ended.
    func freePageCount() throws -> Int {
        var count = 0
        try forEach(in: commit.free) { _, value in
            count += Self.pageNumbers(value).count
            return count <= commit.lastPage
        }
        return count
    }
}

extension [UInt8] {
    fileprivate func isBefore(_ other: UnsafeRawBufferPointer) -> Bool {
        withUnsafeBytes { bytes in
            guard let left = bytes.baseAddress, let right = other.baseAddress else { return bytes.count < other.count }
            let order = memcmp(left, right, Swift.min(bytes.count, other.count))
            return order == 0 ? bytes.count < other.count : order < 0
        }
    }
}
