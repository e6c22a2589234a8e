// Owns the load over gRPC: asynchronous client, two completion queues, channels that do not share
// connections. Usage: HOST:PORT SIZE CONNECTIONS IN_FLIGHT MILLISECONDS.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "shans/v1/system.grpc.pb.h"
#include "tests/bench/bench.h"

namespace v1 = shans::v1;

namespace
{

BenchRun run;
std::atomic<int> active;

struct Slot {
    v1::SystemService::Stub *stub;
    grpc::CompletionQueue *queue;
    v1::EchoRequest request;
    v1::EchoReply reply;
    grpc::Status status;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::EchoReply>> reader;
    int64_t start_us;

    bool Start()
    {
        start_us = bench_now_us();
        if (start_us >= run.end_us)
            return false;
        context = std::make_unique<grpc::ClientContext>();
        context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
        context->AddMetadata("token", "0000000000000000000000000000000000000000000000000000000000000001");
        request.set_payload(content);
        reader = stub->AsyncEcho(context.get(), request, queue);
        reader->Finish(&reply, &status, this);
        return true;
    }

    static std::string content;
};

std::string Slot::content;

void Poll(grpc::CompletionQueue *queue)
{
    void *tag;
    bool ok;

    while (queue->Next(&tag, &ok)) {
        auto *slot = static_cast<Slot *>(tag);

        if (!slot->status.ok())
            bench_fault(slot->status.error_message().c_str());
        if (slot->reply.payload().size() != run.size)
            bench_fault("wrong payload");
        bench_sample(&run, slot->start_us);
        if (!slot->Start())
            active--;
    }
}

} // namespace

int main(int argc, char **argv)
{
    run = bench_arguments(argc, argv);
    Slot::content = std::string(run.size, '\0');
    grpc::CompletionQueue queues[2];
    std::vector<std::unique_ptr<v1::SystemService::Stub>> stubs;
    std::vector<Slot> slots(static_cast<size_t>(run.in_flight));

    for (int i = 0; i < run.connections; i++) {
        grpc::ChannelArguments arguments;

        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        auto channel = grpc::CreateCustomChannel(run.address, grpc::InsecureChannelCredentials(), arguments);
        if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(5)))
            bench_fault("cannot connect");
        stubs.push_back(v1::SystemService::NewStub(channel));
    }
    active = run.in_flight;
    std::thread pollers[2];
    for (int i = 0; i < 2; i++)
        pollers[i] = std::thread(Poll, &queues[i]);
    for (int i = 0; i < run.in_flight; i++) {
        slots[static_cast<size_t>(i)].stub = stubs[static_cast<size_t>(i % run.connections)].get();
        slots[static_cast<size_t>(i)].queue = &queues[i % 2];
        if (!slots[static_cast<size_t>(i)].Start())
            active--;
    }
    while (active > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (auto &queue : queues)
        queue.Shutdown();
    for (auto &poller : pollers)
        poller.join();
    bench_report(&run);
    return 0;
}
