// Owns a gRPC server of SystemService.Echo by the callback API, plain TCP. Usage: HOST:PORT.
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "shans/v1/system.grpc.pb.h"

namespace v1 = shans::v1;

class EchoService final : public v1::SystemService::CallbackService
{
    grpc::ServerUnaryReactor *Echo(grpc::CallbackServerContext *context, const v1::EchoRequest *request,
                                   v1::EchoReply *reply) override
    {
        reply->set_payload(request->payload());
        auto *reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

int main(int argc, char **argv)
{
    EchoService service;
    grpc::ServerBuilder builder;

    if (argc != 2)
        return 2;
    builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    if (server == nullptr) {
        fprintf(stderr, "%s: cannot listen\n", argv[0]);
        return 1;
    }
    server->Wait();
    return 0;
}
