import Columnar
import Foundation
import Synchronization
import Testing

@testable import FeatureStore

@Suite struct PusherTests {
    @Test func threadsPushAtTheSameTimeAndShareCommits() throws {
        let fixture = try StoreFixture()
        let pusher = try fixture.store.pusher()
        let (threads, pushes) = (8, 25)
        let store = try OnlineStore(path: fixture.store.project.onlineFolder)
        let commitsBefore = try store.withSnapshot { $0.commitNumber }
        let tables = (0..<threads * pushes).map {
            fixture.table([(Int64($0), 10, nil, Int64($0)), (-1, 10, nil, Int64($0))])
        }
        let sequences = Mutex<Set<Int64>>([])
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for number in 0..<pushes {
                let index = thread * pushes + number
                let summary = try? pusher.push("v", table: tables[index], batchID: "\(index)")
                _ = summary?.sequence.map { sequence in sequences.withLock { $0.insert(sequence) } }
            }
        }
        let all = (0..<Int64(threads * pushes)).map { $0 }
        #expect(sequences.withLock { $0 } == Set(1...Int64(threads * pushes)))
        #expect(try fixture.online(all) == all)
        #expect(try fixture.training(all, at: 20) == all)
        // Of the rows that all pushed with one key and time, the last in the order of arrival counts, in both.
        #expect(try fixture.online([-1]) == fixture.training([-1], at: 20))
        let state = try store.state(of: "v")
        #expect(state?.position == Int64(threads * pushes) && state?.hotPosition == Int64(threads * pushes))
        #expect(try store.withSnapshot { $0.commitNumber } - commitsBefore <= threads * pushes)
    }

    @Test func aBatchThatFailsLeavesItsNeighboursAlone() throws {
        let fixture = try StoreFixture()
        let catalog = try Catalog(path: fixture.store.project.catalogPath, isReadOnly: false)
        let writer = try PushWriter(catalog: catalog, online: try OnlineStore(path: fixture.store.project.onlineFolder))
        let target = try PushTarget("v", in: writer.definitions)
        func batch(_ rows: [StoreFixture.Row], _ id: String) throws -> PushedBatch {
            try PushedBatch(fixture.table(rows), origin: "rows", for: target, id: id)
        }
        let outcomes = try writer.commit([
            batch([(1, 10, nil, 1)], "a"), batch([(1, 10, nil, 2), (2, 10, nil, 2)], "a"),
            batch([(1, 10, nil, 3)], "b"),
            batch([(1, 10, nil, 1)], "a"),
        ])
        let texts = outcomes.map { outcome -> String in
            switch outcome {
            case .done(let summary): "\(summary.sequence ?? 0) \(summary.isRepeated)"
            case .failed(let error): "\(type(of: error))"
            case .outdated: "outdated"
            case .overlapping: "overlapping"
            }
        }
        #expect(texts == ["1 false", "StoreError", "2 false", "1 true"])
        #expect(try fixture.online([1, 2]) == [3, nil])
    }

    @Test func anOnlineStoreThatCannotBeWrittenLeavesTheHotLogAsItWas() throws {
        let fixture = try StoreFixture()
        fixture.store.openPusher = nil
        let catalog = fixture.store.catalog
        // A map that cannot grow beyond what it holds already.
        let online = try OnlineStore(
            path: fixture.folder.path + "/small", mapSize: 1 << 17, mapSizeLimit: 1 << 17)
        let writer = try PushWriter(catalog: catalog, online: online)
        let target = try PushTarget("v", in: writer.definitions)
        let rows = (0..<5000).map { (id: Int64($0), t: Int64(10), c: nil as Int64?, x: Int64($0) as Int64?) }
        let large = try PushedBatch(fixture.table(rows), origin: "rows", for: target, id: "large")
        #expect(throws: LMDBError.self) { try writer.commit([large]) }
        #expect(try catalog.lastSequence(of: "v") == 0 && catalog.hotLogSize(of: "v") == HotLogSize())
        #expect(try online.state(of: "v") == nil && online.rowCount(of: "v") == 0)
        // And the next one, which fits, is as if nothing had been.
        let small = try PushedBatch(fixture.table([(1, 10, nil, 1)]), origin: "rows", for: target, id: "large")
        guard case .done(let summary) = try writer.commit([small]).first else { throw UnexpectedOutcome() }
        #expect(summary.sequence == 1 && !summary.isRepeated)
        #expect(try online.rowCount(of: "v") == 1)
    }

    @Test func aMapThatGrowsInTheMiddleOfAPushIsNoMatter() throws {
        let fixture = try StoreFixture()
        let online = try OnlineStore(path: fixture.folder.path + "/growing", mapSize: 1 << 16)
        let writer = try PushWriter(catalog: fixture.store.catalog, online: online)
        let target = try PushTarget("v", in: writer.definitions)
        for number in 0..<20 {
            let rows = (0..<300).map {
                (id: Int64(number * 300 + $0), t: Int64(10), c: nil as Int64?, x: Int64($0) as Int64?)
            }
            let batch = try PushedBatch(fixture.table(rows), origin: "rows", for: target, id: "\(number)")
            guard case .done(let summary) = try writer.commit([batch]).first else { throw UnexpectedOutcome() }
            #expect(summary.sequence == Int64(number + 1))
        }
        #expect(try online.rowCount(of: "v") == 6000)
        #expect(try fixture.store.catalog.hotLogSize(of: "v").rows == 6000)
    }

    private struct UnexpectedOutcome: Error {}
}

@Suite struct GroupCommitTests {
    @Test func everyRequestIsDoneOnceAndHasItsOwnOutcome() {
        let groups = Mutex<[[Int]]>([])
        let commits = GroupCommit<Int, Int>(
            maximumWeight: 5, weight: { _ in 1 },
            work: { requests in
                groups.withLock { $0.append(requests) }
                usleep(200)
                return requests.map { $0 * 2 }
            })
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 16) { thread in
            for number in 0..<20 where commits.submit(thread * 100 + number) != (thread * 100 + number) * 2 {
                wrong.add(1, ordering: .relaxed)
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        let done = groups.withLock { $0 }
        #expect(done.flatMap(\.self).sorted() == (0..<16).flatMap { t in (0..<20).map { t * 100 + $0 } })
        #expect(done.allSatisfy { $0.count <= 5 })
    }

    @Test func aRequestHeavierThanATurnHasOneOfItsOwn() {
        let commits = GroupCommit<Int, Int>(maximumWeight: 10, weight: { $0 }, work: { $0 })
        #expect(commits.submit(1000) == 1000)
    }
}
